import type { Duplex } from 'node:stream'
import { type Call, once, rejectOnAbort } from '@kontena/core'
import { type Connection, connect } from './connection.ts'
import { explainConnection } from './errors.ts'
import { type HostKey, isFingerprint, readHostKey } from './host-key.ts'
import { findIdentities } from './identities.ts'
import { readKnownHosts, type Verdict } from './known-hosts.ts'
import { showHostKey } from './show-host-key.ts'
import { openSocket } from './socket.ts'
import { type Address, nameOf } from './target.ts'
import { verify } from './trust.ts'

/** All that it takes to reach an account on a host. */
export interface Route {
  readonly address: Address
  readonly user: string
  /** Private key file; what lies around here where absent. */
  readonly key: string | undefined
  readonly jump: Omit<Route, 'jump' | 'key' | 'pins'> | undefined
  /** Fingerprints of host keys that are trusted besides those in known_hosts. */
  readonly pins: readonly string[]
}

/** Host key that a host shows, and what is known of it. */
export interface ShownKey {
  readonly key: HostKey
  readonly verdict: Verdict
}

/** Connections of one session: one for each account, kept until it breaks. */
export interface Connections {
  open(route: Route, call: Call): Promise<Connection>
  /** Looks at a host's key and logs in to nothing; undefined where the host shows none. */
  show(route: Route, call: Call): Promise<ShownKey | undefined>
}

export function openConnections(): Connections {
  const known = once(() => readKnownHosts())
  const open = new Map<string, Promise<Connection>>()
  /** Fingerprints of keys that were proved, by the name of the host. */
  const shown = new Map<string, string>()

  /** An attempt that others wait for already is theirs too, so that a host sees one login at a time. */
  const reach = (route: Route, call: Call): Promise<Connection> => {
    const id = JSON.stringify(route)
    const opening = (open.get(id) ?? Promise.reject()).then(
      (there) => (there.isOpen() ? there : login(route, call)),
      () => login(route, call),
    )
    open.set(id, opening)
    return opening
  }

  const way = async ({ address, key, jump, pins }: Route, call: Call): Promise<Duplex> => {
    if (jump !== undefined) {
      const between = await reach({ ...jump, key, pins, jump: undefined }, call)
      return between.forward(address.host, address.port)
    }
    try {
      return await openSocket(address)
    } catch (error) {
      throw explainConnection(nameOf(address), error, nobody)
    }
  }

  /**
   * A fingerprint is named for no host in particular. So a host keeps to the one that it has shown, and a jump
   * host cannot stand in for the hosts behind it with the key that it has itself.
   */
  const pinsFor = ({ address, jump, pins }: Route): readonly string[] => {
    const name = nameOf(address)
    const own = shown.get(name)
    if (own !== undefined) return pins.filter((pin) => isFingerprint(pin, own))
    const between = jump && nameOf(jump.address)
    const theirs = between === name ? undefined : shown.get(between ?? '')
    return theirs === undefined ? pins : pins.filter((pin) => !isFingerprint(pin, theirs))
  }

  const login = async (route: Route, call: Call): Promise<Connection> => {
    const { address, user, key } = route
    const identities = await findIdentities(key)
    const files = await known(call)
    const refused = new Set<string>()
    const attempt = async (first?: unknown): Promise<Connection> => {
      const { size } = refused
      const socket = await way(route, call)
      const pins = pinsFor(route)
      const verification = verify(address, { known: files, pins })
      try {
        const name = nameOf(address)
        const there = await connect({ name, user, identities, socket, verification, refused })
        shown.set(name, there.fingerprint)
        return there
      } catch (error) {
        // A fingerprint may be that of another of the host's keys than the one it showed.
        if (refused.size === size || pins.length === 0) throw first ?? error
        return attempt(first ?? error)
      }
    }
    return attempt()
  }

  return {
    open: (route, call) => rejectOnAbort(reach(route, call), call.signal),
    show: async (route, call) => {
      const judge = async (): Promise<ShownKey | undefined> => {
        const files = await known(call)
        const socket = await way(route, call)
        const data = await showHostKey(socket, files.typesOf(route.address))
        if (data === undefined) return undefined
        const key = readHostKey(data)
        return { key, verdict: files.judge(key, route.address) }
      }
      return await rejectOnAbort(judge(), call.signal)
    },
  }
}

const nobody = { user: '', keys: [], methods: undefined, trusted: false }
