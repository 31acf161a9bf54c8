import { enrolmentCreate } from '@kontena/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { actorOf, gridFor } from '../access.ts'
import { conflict, invalid, notFound } from '../http/refusal.ts'
import { parseBody } from '../http/validation.ts'
import { gridFull } from '../replies/grid-full.ts'
import { nodeReplies } from '../replies/node-reply.ts'
import { hashSecret } from '../secrets/secrets.ts'
import type { RouteContext } from './route-context.ts'

const gridParams = z.object({ grid: z.string() })
const orderParams = z.object({ grid: z.string(), order: z.string() })

/** An order registers its nodes and the secret with which its machines take them, in one step. */
export function enrolmentRoutes({ store, clock, agents }: RouteContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.post('/v1/grids/:grid/enrolments', async (request, reply) => {
      const wanted = gridParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'change' })
      const body = parseBody(enrolmentCreate, request)
      refuseRepeatedNames(body.nodes.map((node) => node.name))
      const now = clock()
      const result = await store.createEnrolment(
        {
          grid: grid.name,
          order: body.order,
          secretHash: hashSecret(body.secret),
          expiresAt: new Date(now.getTime() + body.expires_in * 1000),
          nodes: body.nodes,
        },
        actorOf(request),
        now,
      )
      switch (result.outcome) {
        case 'no-grid':
          throw notFound()
        case 'names-taken':
          throw conflict({ name: namesTaken(result.names, grid.name) })
        case 'grid-full':
          throw invalid({ node: gridFull(grid, { free: result.free, wanted: added(body).length }) })
        case 'names-missing':
          throw invalid({ nodes: `Grid ${grid.name} has no ${nodeNames(result.names)}` })
        case 'connected':
          throw invalid({ nodes: `Still connected: ${nodeNames(result.names)}` })
        case 'awaited':
          throw conflict({ nodes: `Another order is under way for ${nodeNames(result.names)}` })
        case 'other-order':
          throw conflict({ order: 'Order exists already with another secret or in another grid' })
        case 'created':
        case 'repeated': {
          if (result.outcome === 'created' && added(body).length < body.nodes.length) {
            // Nobody is connected as a node that is new; of the others, what they ran on so far.
            for (const { key } of result.nodes) agents.replace(key)
            agents.announce(grid.name)
          }
          return reply.code(201).send({
            order: body.order,
            expires_at: result.expiresAt.toISOString(),
            nodes: nodeReplies(grid, result.nodes),
          })
        }
      }
    })

    app.delete('/v1/grids/:grid/enrolments/:order', async (request) => {
      const wanted = orderParams.parse(request.params)
      const grid = await gridFor(store, request, { grid: wanted.grid, to: 'change' })
      await store.endEnrolment(grid.name, wanted.order, actorOf(request), clock())
      return {}
    })
  }
}

function refuseRepeatedNames(names: readonly string[]): void {
  const repeated = names.find((name, index) => names.indexOf(name) !== index)
  if (repeated !== undefined) throw invalid({ nodes: `Node name ${repeated} is given twice` })
}

function namesTaken(names: readonly string[], grid: string): string {
  return `${names.join(', ')} already ${names.length === 1 ? 'exists' : 'exist'} in grid ${grid}`
}

/** Nodes that are not there yet. */
function added({ nodes }: z.output<typeof enrolmentCreate>) {
  return nodes.filter(({ replace }) => replace === undefined)
}

function nodeNames(names: readonly string[]): string {
  return `${names.length === 1 ? 'node' : 'nodes'} ${names.join(', ')}`
}
