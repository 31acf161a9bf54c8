import { nodeUpdate } from '@kontena/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf } from '../access.ts'
import { notFound, Refusal } from '../http/refusal.ts'
import { parseBody } from '../http/validation.ts'
import { oneNodeReply } from '../replies/node-reply.ts'
import { hashSecret } from '../secrets/secrets.ts'
import type { GridRecord, NodeRecord } from '../store/records.ts'
import type { RouteContext } from './route-context.ts'

const params = z.object({ nodeId: z.string() })
const change = nodeUpdate.pick({ labels: true })

/**
 * Nodes by the ids of their engines, for plug-ins of 1.5 and before. The token of the grid is the login,
 * so an address that has guessed wrong too often has to wait.
 */
export function legacyNodeRoutes({ store, clock, limit, agents }: RouteContext) {
  const find = async (request: FastifyRequest): Promise<{ grid: GridRecord; node: NodeRecord }> => {
    const { nodeId } = params.parse(request.params)
    const grid = await store.gridByToken(hashSecret(tokenOf(request)))
    if (grid === undefined) {
      if (limit.isReached(request.ip)) throw new Refusal(429, { error: 'too_many_requests' })
      limit.count(request.ip)
      throw notFound()
    }
    const node = await store.nodeByNodeId(nodeId)
    if (node?.grid !== grid.name) throw notFound('Node not found')
    return { grid, node }
  }
  const show = async (grid: GridRecord, node: NodeRecord) =>
    oneNodeReply(grid, node, await store.peers(grid.name))

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/nodes/:nodeId', async (request) => {
      const { grid, node } = await find(request)
      return show(grid, node)
    })

    app.put('/v1/nodes/:nodeId', async (request) => {
      const { grid, node } = await find(request)
      const { labels } = parseBody(change, request)
      if (labels === undefined) return show(grid, node)
      const actor = actorOf(request)
      const updated = await store.updateNode(grid.name, node.name, { labels }, actor, clock())
      if (updated === undefined) throw notFound('Node not found')
      agents.announce(grid.name)
      return show(grid, updated)
    })
  }
}

function tokenOf(request: FastifyRequest): string {
  const token = request.headers['kontena-grid-token']
  return typeof token === 'string' ? token : ''
}
