import { z } from 'zod'
import type { EventType } from '../events.ts'
import { MasterError } from './master-error.ts'
import { gridPath } from './paths.ts'
import { queryText } from './query-text.ts'
import type { Call } from './requester.ts'
import { readServerSentEvents } from './server-sent-events.ts'
import type { OpenStream } from './stream-opener.ts'
import type { Connect } from './watch-events.ts'

/** Which events are to be told; of the whole master where no grid is given. */
export interface EventSelection {
  readonly grid: string | undefined
  readonly types?: readonly EventType[] | undefined
  /** Only events about these nodes. */
  readonly nodes?: readonly string[] | undefined
}

const accept = 'text/event-stream'
/** Milliseconds of silence after which a connection is lost; the master breaks it every 15 s. */
const silence = 45_000

/** Opens the stream of events, and finds out where there is none. */
export function eventStreamOpener(
  { call, open }: { call: Call; open: OpenStream },
  { grid, types, nodes }: EventSelection,
): Connect {
  const path = grid === undefined ? '/v1/events' : `${gridPath(grid)}/events`
  const query = queryText({ types: types?.join(','), nodes: nodes?.join(',') })

  return async (after, signal) => {
    const headers: Record<string, string> = after === undefined ? {} : { 'last-event-id': after }
    try {
      const { type, chunks } = await open(path + query, { accept, headers, silence, signal })
      return type === accept ? readServerSentEvents(chunks) : undefined
    } catch (error) {
      if (!lacksStream(error)) throw error
      // Where the grid is there, the address is what an older master does not know.
      if (grid !== undefined && error.kind === 'not-found') {
        await call(gridPath(grid), z.unknown(), { signal })
      }
      return undefined
    }
  }
}

/** It may also be the grid that is missing. */
function lacksStream(error: unknown): error is MasterError {
  if (!(error instanceof MasterError)) return false
  return error.status === 404 || error.status === 405 || error.status === 406
}
