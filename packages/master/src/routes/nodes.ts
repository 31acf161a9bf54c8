import { nodeCreate, nodeUpdate } from '@kontena/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { actorOf, gridFor } from '../access.ts'
import { invalid, notFound } from '../refusal.ts'
import { nodeReplies } from '../replies/node-reply.ts'
import { hashSecret, randomToken } from '../secrets.ts'
import type { CreateNodeResult } from '../store/node-store.ts'
import type { GridRecord, NodeRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import { parseBody } from '../validation.ts'
import type { RouteContext } from './route-context.ts'

const gridParams = z.object({ grid: z.string() })
/** `node` is a name or an engine's id. */
const nodeParams = z.object({ grid: z.string(), node: z.string() })

export function nodeRoutes({ store, clock, agents }: RouteContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/grids/:grid/nodes', async (request) => {
      const wanted = gridParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'read' })
      return { nodes: nodeReplies(grid, await store.nodes(grid.name)) }
    })

    app.post('/v1/grids/:grid/nodes', async (request, reply) => {
      const wanted = gridParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'change' })
      const { name, labels = [], token = randomToken() } = parseBody(nodeCreate, request)
      const node = { name, labels, token: { hash: hashSecret(token), readable: token } }
      const made = await store.createNode(grid.name, node, actorOf(request), clock())
      if (made.outcome !== 'created') throw creationRefusal(made.outcome, { grid: grid.name, name })
      return reply.code(201).send(await oneNode(store, grid, made.node))
    })

    app.get('/v1/nodes/:grid/:node', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'read' })
      const node = await store.node(grid.name, wanted.node)
      if (node === undefined) throw notFound()
      return oneNode(store, grid, node)
    })

    app.put('/v1/nodes/:grid/:node', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'change' })
      const change = parseBody(nodeUpdate, request)
      const actor = actorOf(request)
      const node = await store.updateNode(grid.name, wanted.node, change, actor, clock())
      if (node === undefined) throw notFound()
      agents.announce(grid.name)
      return oneNode(store, grid, node)
    })

    app.delete('/v1/nodes/:grid/:node', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'change' })
      const removal = await store.removeNode(grid.name, wanted.node, actorOf(request), clock())
      if (removal.outcome === 'missing') throw notFound()
      if (removal.outcome === 'connected') throw invalid({ node: comesBack(wanted.node) })
      agents.remove(removal.node.key)
      agents.announce(grid.name)
      return {}
    })
  }
}

async function oneNode(store: Store, grid: GridRecord, node: NodeRecord) {
  const [reply] = nodeReplies(grid, [node], await store.nodes(grid.name))
  return reply
}

function creationRefusal(
  outcome: Exclude<CreateNodeResult['outcome'], 'created'>,
  { grid, name }: { grid: string; name: string },
) {
  switch (outcome) {
    case 'no-grid':
      return notFound()
    case 'name-taken':
      return invalid({ name: `Node with name ${name} already exists` })
    case 'token-taken':
      return invalid({ token: 'Node with token already exists' })
    case 'node-id-taken':
      return invalid({ node_id: 'Node with this engine id already exists' })
    case 'grid-full':
      return invalid({ node: `Grid is full: ${grid} has 254 nodes` })
  }
}

function comesBack(name: string): string {
  return `Node ${name} is online and joined with the grid token: it would join again at once. Stop its agent or its machine first`
}
