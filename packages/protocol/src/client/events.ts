import { z } from 'zod'
import { auditEntry } from '../audit.ts'
import { gridEvent } from '../events.ts'
import { type EventSelection, eventStreamOpener } from './event-stream.ts'
import { gridPath } from './paths.ts'
import { queryText } from './query-text.ts'
import type { Call } from './requester.ts'
import type { OpenStream } from './stream-opener.ts'
import { type EventNews, watchEvents } from './watch-events.ts'

export interface WatchOptions extends Omit<EventSelection, 'grid'> {
  /** Begin behind the event with this id; with what happens from now on where absent. */
  readonly after?: number | undefined
  readonly signal: AbortSignal
}

export interface EventLogQuery {
  /** The first ones after this id, instead of the latest. */
  readonly after?: number | undefined
  readonly since?: Date | undefined
  readonly nodes?: readonly string[] | undefined
  readonly limit?: number | undefined
}

export function eventCalls(call: Call, open: OpenStream) {
  return {
    /** Oldest first. A 1.5 master gives no ids. */
    eventLogs: async (grid: string, query: EventLogQuery, signal?: AbortSignal) => {
      const { after, since, nodes, limit } = query
      const path = `${gridPath(grid)}/event_logs${queryText({
        limit: limit?.toString(),
        from: after?.toString(),
        since: since?.toISOString(),
        nodes: nodes?.join(','),
      })}`
      return (await call(path, z.object({ logs: z.array(gridEvent) }), { signal })).logs
    },

    /** Oldest first; of the whole master where no grid is given. */
    auditLog: async (grid: string | undefined, limit: number, signal?: AbortSignal) => {
      const path = grid === undefined ? '/v1/audit_logs' : `${gridPath(grid)}/audit_log`
      const schema = z.object({ logs: z.array(auditEntry) })
      return (await call(`${path}?limit=${limit}`, schema, { signal })).logs
    },

    /**
     * Tells what happens in a grid, or anywhere on the master where none is given, without a gap or a
     * double, over as many connections as it takes. Ends only with `unsupported`. Rejects as the signal
     * says, or with `MasterError` for what another connection would not help: no access, no such grid.
     */
    watchEvents: (
      grid: string | undefined,
      options: WatchOptions,
    ): AsyncGenerator<EventNews, void> => {
      const connect = eventStreamOpener({ call, open }, { ...options, grid })
      return watchEvents(connect, { after: options.after, signal: options.signal })
    },
  }
}
