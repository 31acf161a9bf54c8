import type { ProvisionError } from '@kontena/core'
import { failure } from './errors.ts'
import { fingerprintOf, type HostKey, isPinned, kindOf } from './host-key.ts'
import type { KnownHosts, Verdict } from './known-hosts.ts'
import type { Address } from './target.ts'

/** How the key of one host is proved. */
export interface Verification {
  /** Types of keys that are known of it. */
  readonly knownTypes: ReadonlySet<string>
  accepts(key: HostKey): boolean
  /** Why a key is not accepted; never called for one that is. */
  refusal(key: HostKey, name: string): ProvisionError
}

/**
 * A key is good where somebody named its fingerprint, or where known_hosts has it. One that known_hosts calls
 * revoked is good for nothing.
 */
export function verify(
  address: Address,
  { known, pins }: { known: KnownHosts; pins: readonly string[] },
): Verification {
  const judge = (key: HostKey): Verdict => {
    const verdict = known.judge(key, address)
    return verdict !== 'revoked' && isPinned(key, pins) ? 'known' : verdict
  }
  return {
    knownTypes: known.typesOf(address),
    accepts: (key) => judge(key) === 'known',
    refusal: (key, name) => refuse(key, { name, verdict: judge(key), isPinned: pins.length > 0 }),
  }
}

function refuse(
  key: HostKey,
  { name, verdict, isPinned: wasNamed }: { name: string; verdict: Verdict; isPinned: boolean },
): ProvisionError {
  const shown = `${fingerprintOf(key)} (${kindOf(key)})`
  if (verdict === 'revoked') {
    return failure(name, {
      code: 'BAD_CREDENTIALS',
      text: `shows the host key ${shown}, which known_hosts calls revoked`,
      hint: 'find out who answers there; give the host a new key if it is yours',
    })
  }
  if (verdict === 'changed') {
    return failure(name, {
      code: 'BAD_CREDENTIALS',
      text: `shows the host key ${shown}, and known_hosts has another: somebody may stand between`,
      hint: `where the host was made anew, take the old key out with: ssh-keygen -R ${knownName(name)}`,
    })
  }
  if (wasNamed) {
    return failure(name, {
      code: 'BAD_CREDENTIALS',
      text: `shows the host key ${shown}, which is none of those trusted here`,
      hint: 'compare it with ssh-keygen -lf on the host itself; if it is right, name it with --host-key',
    })
  }
  return failure(name, {
    code: 'BAD_CREDENTIALS',
    text: `shows the host key ${shown}, which known_hosts does not have`,
    hint: `compare it with ssh-keygen -lf on the host itself; if it is right: --host-key ${fingerprintOf(key)}`,
  })
}

/** As known_hosts names it: a host with another port than 22 stands in brackets. */
function knownName(name: string): string {
  const [, host, port] = /^\[?([^\]]+?)\]?:(\d+)$/.exec(name) ?? []
  return host === undefined || port === undefined ? name : `'[${host}]:${port}'`
}
