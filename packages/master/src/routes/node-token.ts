import { nodeTokenChange } from '@kontena/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { actorOf, gridFor } from '../access.ts'
import { invalid, notFound } from '../http/refusal.ts'
import { parseBody } from '../http/validation.ts'
import { hashSecret, randomToken } from '../secrets/secrets.ts'
import type { NodeRecord } from '../store/records.ts'
import type { RouteContext } from './route-context.ts'

/** `node` is a name or an engine's id. */
const nodeParams = z.object({ grid: z.string(), node: z.string() })

/** The token that a node's agent connects with. Changed, it is of no use to an agent that has the old one. */
export function nodeTokenRoutes({ store, clock, agents }: RouteContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/nodes/:grid/:node/token', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'change' })
      const node = await store.node(grid.name, wanted.node)
      if (node === undefined) throw notFound()
      const token = await store.readableToken(grid.name, node.name)
      if (token === undefined) throw notFound(noToken(node))
      return { id: `${grid.name}/${node.name}`, token }
    })

    app.put('/v1/nodes/:grid/:node/token', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'change' })
      const { token = randomToken(), reset_connection: reset } = parseBody(nodeTokenChange, request)
      const secret = { hash: hashSecret(token), readable: token }
      const actor = actorOf(request)
      const node = await store.setNodeToken(grid.name, wanted.node, secret, actor, clock())
      if (node === undefined) throw notFound()
      if (node === 'token-taken') throw invalid({ token: 'Node with token already exists' })
      if (reset) agents.disconnect(node.key)
      return { id: `${grid.name}/${node.name}`, token }
    })

    app.delete('/v1/nodes/:grid/:node/token', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'change' })
      const { reset_connection: reset } = parseBody(nodeTokenChange, request)
      const actor = actorOf(request)
      const node = await store.setNodeToken(grid.name, wanted.node, undefined, actor, clock())
      if (node === undefined || node === 'token-taken') throw notFound()
      if (reset) agents.disconnect(node.key)
      return {}
    })
  }
}

function noToken(node: NodeRecord): string {
  return node.hasToken
    ? 'The token of this node was made on its machine and is known only there'
    : 'Host node does not have a node token'
}
