import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { gridFor } from '../access.ts'
import { notFound } from '../http/refusal.ts'
import type { RouteContext } from './route-context.ts'

const gridParams = z.object({ grid: z.string() })
const nodeParams = gridParams.extend({ node: z.string() })

/** What 1.5 asks of single containers. Nothing here runs services, so there are none to tell of. */
const nothing = { stats: [] }

const ofGrid = [
  'stats',
  'stats/containers',
  'stats/memory_usage',
  'stats/cpu_usage',
  'stats/filesystem_usage',
]

export function statsRoutes({ store }: RouteContext) {
  return async (app: FastifyInstance): Promise<void> => {
    for (const path of ofGrid) {
      app.get(`/v1/grids/:grid/${path}`, async (request) => {
        await gridFor(store, request, { ...gridParams.parse(request.params), to: 'read' })
        return nothing
      })
    }

    app.get('/v1/nodes/:grid/:node/stats', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'read' })
      if ((await store.node(grid.name, wanted.node)) === undefined) throw notFound()
      return nothing
    })
  }
}
