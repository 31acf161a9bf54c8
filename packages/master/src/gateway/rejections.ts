import { type CloseReason, closeCodes } from '@kontena/protocol'
import type { FastifyBaseLogger } from 'fastify'
import type { Store } from '../store/store.ts'
import type { Handshake } from './handshake.ts'
import { claimedNode } from './identify.ts'
import { seldom } from './seldom.ts'

export interface RejectionsOptions {
  readonly store: Store
  readonly clock: () => Date
  readonly log: FastifyBaseLogger
}

export interface Rejection {
  readonly handshake: Handshake
  readonly address: string
  /** Undefined where nothing is wrong with the agent. */
  readonly reason: CloseReason | undefined
  readonly text: string
}

/** Notes that agents were turned away, in the log and at the nodes they said they were. */
export interface Rejections {
  note(rejection: Rejection): void
  /** The agent of this node was let in, so that its next refusal is news. */
  forget(key: string): void
}

/** Agents that are turned away try again within seconds, for ever; that is told every ten minutes. */
const pace = { quiet: 10 * 60_000, most: 20_000 }

export function openRejections({ store, clock, log }: RejectionsOptions): Rejections {
  const logged = seldom({ clock, ...pace })
  const noted = seldom({ clock, ...pace })

  return {
    note: (rejection) => {
      const { handshake, address, reason, text } = rejection
      const { name: agent } = handshake
      const times = logged.tell(`${address} ${reason} ${agent}`)
      log[times === undefined ? 'debug' : 'warn'](
        { agent, address, reason, text, times },
        'agent refused',
      )
      if (reason === undefined) return
      noteAtNode(handshake, reason, text).catch((error) =>
        log.error({ err: error, agent }, 'refusal was not stored'),
      )
    },
    forget: (key) => {
      for (const { code } of Object.values(closeCodes)) noted.forget(`${key} ${code}`)
    },
  }

  async function noteAtNode(handshake: Handshake, reason: CloseReason, text: string) {
    const node = await claimedNode(store, handshake)
    if (node === undefined) return
    const { code } = closeCodes[reason]
    const times = noted.tell(`${node.key} ${code}`)
    if (times === undefined) return
    await store.recordRejection(node.key, { code, reason: text, times }, clock())
  }
}
