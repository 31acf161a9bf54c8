import type { FastifyBaseLogger, FastifyInstance } from 'fastify'
import type { AgentConnections } from '../routes/route-context.ts'
import type { Actor } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { type Job, type RunningJobs, runJobs } from './run-jobs.ts'

export interface JobContext {
  readonly store: Store
  readonly clock: () => Date
  readonly log: FastifyBaseLogger
  readonly agents: Pick<AgentConnections, 'announce' | 'disconnect'>
  /** Milliseconds after which an agent must have been heard of again. */
  readonly keepalive: number
}

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

/** How long a connected agent may be silent at least. */
const shortestSilence = minute
/** How late this process may be without having missed what agents said. */
const shortStall = 10_000
/** How long an ephemeral node may stay away, as in 1.5. */
const ephemeralAbsence = 6 * hour
/** An order of that time is over, and so is all that may still be asked about it. */
const enrolmentMemory = 30 * day
/** A token that expired before may still be renewed, but not after a season in a drawer. */
const tokenMemory = 90 * day

/** What is kept at most, so that a database does not grow for ever. */
const kept = { events: 100_000, auditEntries: 200_000 }
const statisticsMemory = day
const keptSamples = 1_000_000

/** Nobody asked for what the master does by itself. */
const master: Actor = { address: 'local' }

/** Has the jobs run from the moment that the app is ready, until it closes. */
export function addJobs(app: FastifyInstance, context: Omit<JobContext, 'log'>): void {
  const { log } = app
  let jobs: RunningJobs | undefined
  app.addHook('onReady', async () => {
    jobs = runJobs(masterJobs({ ...context, log }), log)
  })
  app.addHook('preClose', async () => jobs?.stop())
}

/** What the master does by itself, again and again. */
export function masterJobs(context: JobContext): Job[] {
  const { store, clock } = context
  const ago = (milliseconds: number): Date => new Date(clock().getTime() - milliseconds)
  return [
    silentConnections(context),
    ephemeralNodes(context),
    { name: 'trim events', every: 10 * minute, run: () => store.trimEvents(kept) },
    {
      name: 'trim statistics',
      every: 10 * minute,
      run: () => store.trimStatistics({ since: ago(statisticsMemory), samples: keptSamples }),
    },
    {
      name: 'forget enrolments',
      every: hour,
      run: () => store.forgetEnrolments(ago(enrolmentMemory)),
    },
    { name: 'forget tokens', every: hour, run: () => store.forgetTokens(ago(tokenMemory)) },
  ]
}

/**
 * Ends connections that nothing came by, though pings should have found that out: their sockets hang, or
 * belong to nobody. After a stall of this process nobody was heard, which says nothing about the agents.
 */
function silentConnections({ store, clock, log, agents, keepalive }: JobContext): Job {
  const every = Math.max(shortestSilence, 2 * keepalive)
  let last = clock().getTime()
  return {
    name: 'end silent connections',
    every,
    run: async () => {
      const now = clock()
      const hasStalled = now.getTime() - last > every + shortStall
      last = now.getTime()
      if (hasStalled) return
      const silent = await store.disconnectSilent(new Date(now.getTime() - every), now)
      for (const { key } of silent) agents.disconnect(key)
      if (silent.length > 0) log.warn({ nodes: silent.length }, 'silent connections were ended')
    },
  }
}

function ephemeralNodes({ store, clock, log, agents }: JobContext): Job {
  return {
    name: 'remove ephemeral nodes',
    every: hour,
    run: async () => {
      const now = clock()
      const seenBefore = new Date(now.getTime() - ephemeralAbsence)
      const removed = await store.removeStaleNodes(seenBefore, master, now)
      for (const { grid, name } of removed) log.info({ grid, node: name }, 'ephemeral node removed')
      for (const grid of new Set(removed.map((node) => node.grid))) agents.announce(grid)
    },
  }
}
