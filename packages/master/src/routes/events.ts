import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { gridFor, isMasterAdmin, signedIn } from '../access.ts'
import type { EventFeed } from '../feed/event-feed.ts'
import { eventFilter, place, streamQuery } from '../feed/event-query.ts'
import { followEvents, type StreamFormat } from '../feed/event-stream.ts'
import { keepsRight } from '../feed/keeps-right.ts'
import { streamText } from '../feed/stream-text.ts'
import { accessDenied } from '../http/refusal.ts'
import { parseQuery } from '../http/validation.ts'
import { eventReply } from '../replies/event-reply.ts'
import type { GridRecord } from '../store/records.ts'
import type { RouteContext } from './route-context.ts'

export interface EventRoutesOptions extends RouteContext {
  readonly feed: EventFeed
  /** Milliseconds of silence after which a stream shows that it is alive. */
  readonly heartbeat: number
}

const gridParams = z.object({ grid: z.string() })

/** HTML standard, section 9.2: what the reader knows of an id, it sends back to go on there. */
const format: StreamFormat = {
  event: (event) =>
    `id: ${event.id}\nevent: ${event.type}\ndata: ${JSON.stringify(eventReply(event))}\n\n`,
  idle: (id) => `:\nid: ${id}\n\n`,
}

/** All that happens, as it happens: server-sent events, resumable by `Last-Event-ID`. */
export function eventRoutes(options: EventRoutesOptions) {
  const { store, feed, heartbeat } = options

  return async (app: FastifyInstance): Promise<void> => {
    // A request for the head alone would follow for ever, and read nothing.
    const route = { exposeHeadRoute: false }

    app.get('/v1/grids/:grid/events', route, async (request, reply) => {
      const { grid } = gridParams.parse(request.params)
      const allow = () => gridFor(store, request, { grid, to: 'read' })
      return stream({ grid, allow }, request, reply)
    })

    app.get('/v1/events', route, async (request, reply) => {
      const allow = async () => {
        if (!isMasterAdmin(signedIn(request))) throw accessDenied()
        return undefined
      }
      return stream({ grid: undefined, allow }, request, reply)
    })
  }

  async function stream(
    { grid, allow }: { grid: string | undefined; allow: () => Promise<GridRecord | undefined> },
    request: FastifyRequest,
    reply: FastifyReply,
  ) {
    const behind = (await allow())?.behind.event
    const query = parseQuery(streamQuery, request)
    const wanted = lastEventId(request) ?? query.after
    const { follower, oldest, newest } = await feed.follow(grid)
    const begin = beginning(wanted, { oldest, newest })
    const events = followEvents(follower, {
      after: begin.after,
      idle: heartbeat,
      format,
      isWanted: eventFilter({ types: query.types, nodes: query.nodes ?? query.node, behind }),
      mayRead: keepsRight({ request, reply }, options, allow),
      rightsInterval: heartbeat,
    })
    return (
      reply
        .type('text/event-stream')
        .header('cache-control', 'no-store')
        // nginx would gather what is sent.
        .header('x-accel-buffering', 'no')
        .send(
          streamText(withOpening(begin.opening, events), {
            patience: 2 * heartbeat,
            onClose: follower.close,
          }),
        )
    )
  }
}

function lastEventId({ headers }: FastifyRequest): number | undefined {
  const id = headers['last-event-id']
  const query = z.object({ last_event_id: place.optional() })
  return parseQuery(query, { query: { last_event_id: id } }).last_event_id
}

/** Where a reader begins. One who missed events that are no more, or never were, is told so. */
function beginning(
  wanted: number | undefined,
  { oldest, newest }: { oldest: number; newest: number },
): { after: number; opening: string } {
  const after = wanted ?? newest
  if (after >= oldest - 1 && after <= newest) return { after, opening: format.idle(after) }
  const next = after > newest ? newest : oldest - 1
  const data = JSON.stringify({ oldest, newest })
  return { after: next, opening: `id: ${next}\nevent: reset\ndata: ${data}\n\n` }
}

async function* withOpening(
  opening: string,
  events: AsyncGenerator<string>,
): AsyncGenerator<string> {
  yield opening
  yield* events
}
