import { type CloseReason, closeCodes } from '@kontena/protocol'
import type { FastifyBaseLogger } from 'fastify'
import { failureLimit } from '../http/failure-limit.ts'
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
  /** Two agents that live take the connection of this node from one another. */
  noteContest(node: { readonly key: string; readonly grid: string; readonly name: string }): void
  /** The agent of this node was let in, so that its next refusal is news. */
  forget(key: string): void
}

/** Agents that are turned away try again within seconds, for ever; that is told every ten minutes. */
const pace = { quiet: 10 * 60_000, most: 20_000 }

/** Lines of one address in that time, as a stranger may give itself another name each time. */
const mostLines = 100

/** All codes but the one that comes of being let in. */
const refusals = Object.values(closeCodes).filter(
  ({ code }) => code !== closeCodes.replacedByNewConnection.code,
)

export function openRejections({ store, clock, log }: RejectionsOptions): Rejections {
  const logged = seldom({ clock, ...pace })
  const noted = seldom({ clock, ...pace })
  const lines = failureLimit({ clock, most: mostLines, window: pace.quiet })

  return {
    note: (rejection) => {
      const { handshake, address, reason, text } = rejection
      const { name: agent } = handshake
      const times = logged.tell(`${address} ${reason} ${agent}`)
      const isTold = times !== undefined && !lines.isReached(address)
      if (isTold) lines.count(address)
      log[isTold ? 'warn' : 'debug']({ agent, address, reason, text, times }, 'agent refused')
      if (reason === undefined) return
      noteAtNode(handshake, reason, text).catch((error) =>
        log.error({ err: error, agent }, 'refusal was not stored'),
      )
    },
    noteContest: ({ key, grid, name }) => {
      const { code } = closeCodes.replacedByNewConnection
      const times = noted.tell(`${key} ${code}`)
      if (times === undefined) return
      log.warn({ node: name, grid, times }, 'two agents connect as one node')
      const reason = `two agents connect as host node ${name}, each in the place of the other: is one host a copy of the other?`
      store
        .recordRejection(key, { code, reason, times }, clock())
        .catch((error) => log.error({ err: error, node: name }, 'contest was not stored'))
    },
    forget: (key) => {
      for (const { code } of refusals) noted.forget(`${key} ${code}`)
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
