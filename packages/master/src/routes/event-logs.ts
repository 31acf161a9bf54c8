import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { gridFor } from '../access.ts'
import { eventFilter, list, place } from '../feed/event-query.ts'
import { followEvents, type StreamFormat } from '../feed/event-stream.ts'
import { keepsRight } from '../feed/keeps-right.ts'
import { streamText } from '../feed/stream-text.ts'
import { parseQuery } from '../http/validation.ts'
import { eventReply } from '../replies/event-reply.ts'
import type { EventRecord, GridRecord } from '../store/records.ts'
import type { EventRoutesOptions } from './events.ts'

const gridParams = z.object({ grid: z.string() })

/** As people write times; in UTC where no zone is named. */
const time = z.string().transform((text, context) => {
  const isBare = /\d{4}-\d\d-\d\d[T ][\d:.]+$/.test(text)
  const date = new Date(isBare ? `${text.replace(' ', 'T')}Z` : text)
  if (Number.isNaN(date.getTime())) context.addIssue("isn't in the right format")
  return date
})

/** Log queries of 1.5; `from` is an id that 1.5 never told, and wins over `since`. */
const logQuery = z.object({
  limit: z.number().int().min(1).max(10_000).default(100),
  since: time.optional(),
  from: place.optional(),
  follow: z.string().optional(),
  nodes: list.optional(),
  stacks: list.optional(),
  services: list.optional(),
})

/** As 1.5 streamed logs: objects one behind the other, and a blank where there is nothing to tell. */
const format: StreamFormat = {
  event: (event) => JSON.stringify(eventReply(event)),
  idle: () => ' ',
}
const idle = 500

/** What happened in a grid, in the shape of 1.5. */
export function eventLogRoutes(options: EventRoutesOptions) {
  const { store, feed, heartbeat } = options

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/grids/:grid/event_logs', { exposeHeadRoute: false }, async (request, reply) => {
      const wanted = gridParams.parse(request.params)
      const allow = () => gridFor(store, request, { ...wanted, to: 'read' })
      const grid = await allow()
      const query = parseQuery(logQuery, request)
      const { newest } = await store.eventRange()
      const known = await eventsOf(grid, query)
      if (/^(|0|false)$/.test(query.follow ?? '')) return { logs: known.map(eventReply) }
      const { follower } = await feed.follow(grid.name)
      const { nodes, from } = query
      const isWanted = isAboutServices(query)
        ? () => false
        : eventFilter({ nodes, behind: grid.behind.event })
      const after = known.at(-1)?.id ?? from ?? newest
      const mayRead = keepsRight({ request, reply }, options, allow)
      const follow = { after, idle, format, isWanted, mayRead, rightsInterval: heartbeat }
      const pieces = inTurn(known.map(format.event).join(''), followEvents(follower, follow))
      return reply
        .type('application/json')
        .send(streamText(pieces, { patience: 2 * heartbeat, onClose: follower.close }))
    })
  }

  async function eventsOf(
    { name: grid, behind }: GridRecord,
    query: z.output<typeof logQuery>,
  ): Promise<EventRecord[]> {
    if (isAboutServices(query)) return []
    const { from: after, nodes, limit, since } = query
    return store.events({
      grid,
      limit,
      behind: behind.event,
      ...(after === undefined ? {} : { after }),
      ...(after !== undefined || since === undefined ? {} : { since }),
      ...(nodes === undefined ? {} : { nodes }),
    })
  }
}

/** Services are not ours to run, so that nothing happens to one. */
function isAboutServices({ stacks, services }: z.output<typeof logQuery>): boolean {
  return stacks !== undefined || services !== undefined
}

async function* inTurn(first: string, rest: AsyncIterable<string>): AsyncGenerator<string> {
  if (first !== '') yield first
  yield* rest
}
