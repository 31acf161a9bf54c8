import type { Metrics } from '@kontena/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { gridFor } from '../access.ts'
import { invalid, notFound } from '../http/refusal.ts'
import type { RouteContext } from './route-context.ts'

const gridParams = z.object({ grid: z.string() })
const nodeParams = gridParams.extend({ node: z.string() })

const hour = 3_600_000
/** Samples are kept no longer. */
const day = 24 * hour

/** What nodes used, minute by minute. */
export function metricsRoutes({ store, clock }: RouteContext) {
  const read = async (nodeKeys: readonly string[], query: unknown): Promise<Metrics> => {
    const period = periodOf(query, clock())
    const minutes = await store.usage(nodeKeys, period)
    return {
      from: period.from.toISOString(),
      to: period.to.toISOString(),
      stats: minutes.map(({ time, ...used }) => ({ timestamp: withOffset(time), ...used })),
    }
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/nodes/:grid/:node/metrics', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'read' })
      const node = await store.node(grid.name, wanted.node)
      if (node === undefined) throw notFound()
      return read([node.key], request.query)
    })

    app.get('/v1/grids/:grid/metrics', async (request) => {
      const wanted = gridParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'read' })
      const peers = await store.peers(grid.name)
      return read(
        peers.map(({ key }) => key),
        request.query,
      )
    })
  }
}

/** Anything that names a moment, with or without the seconds. */
const moment = z
  .string()
  .transform((text) => new Date(text))
  .refine((time) => !Number.isNaN(time.getTime()))
  .optional()
const query = z.object({ from: moment, to: moment })

/** The last hour, where nothing else is asked for. */
function periodOf(asked: unknown, now: Date): { from: Date; to: Date } {
  const parsed = query.safeParse(asked)
  if (!parsed.success) {
    const [field = 'from'] = parsed.error.issues[0]?.path ?? []
    throw invalid({
      [String(field)]: `${field === 'to' ? 'To' : 'From'} isn't in the right format`,
    })
  }
  const to = parsed.data.to ?? now
  const from = parsed.data.from ?? new Date(to.getTime() - hour)
  // An hour before the first moment there is none, which is neither before nor behind another.
  if (!(from <= to)) throw invalid({ from: 'From is after to' })
  if (to.getTime() - from.getTime() > day) {
    throw invalid({ from: 'From is more than a day before to, and samples are kept for a day' })
  }
  return { from, to }
}

/** As 1.5 writes these, and no other, times. */
function withOffset(time: Date): string {
  return time.toISOString().replace('Z', '+00:00')
}
