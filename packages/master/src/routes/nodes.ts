import { nodeCreate, nodeUpdate } from '@kontena/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf, gridFor } from '../access.ts'
import { invalid, notFound } from '../http/refusal.ts'
import { parseBody } from '../http/validation.ts'
import { gridFull } from '../replies/grid-full.ts'
import { nodeReplies, oneNodeReply } from '../replies/node-reply.ts'
import { hashSecret, randomToken } from '../secrets/secrets.ts'
import type { CreateNodeResult } from '../store/node-store.ts'
import type { GridRecord, NodeRecord } from '../store/records.ts'
import type { RouteContext } from './route-context.ts'

const gridParams = z.object({ grid: z.string() })
/** `node` is a name or an engine's id. */
const nodeParams = z.object({ grid: z.string(), node: z.string() })

export function nodeRoutes({ store, clock, agents }: RouteContext) {
  const show = async (grid: GridRecord, node: NodeRecord) =>
    oneNodeReply(grid, node, await store.peers(grid.name))

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
      if (made.outcome !== 'created') throw creationRefusal(made.outcome, { grid, name })
      return reply.code(201).send(await show(grid, made.node))
    })

    app.get('/v1/nodes/:grid/:node', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'read' })
      const node = await store.node(grid.name, wanted.node)
      if (node === undefined) throw notFound()
      return show(grid, node)
    })

    app.put('/v1/nodes/:grid/:node', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'change' })
      const { name, ...change } = parseBody(nodeUpdate, request)
      const found = await store.node(grid.name, wanted.node)
      if (found === undefined) throw notFound()
      if (name !== undefined && name !== found.name) throw invalid({ name: keepsName(found.name) })
      const actor = actorOf(request)
      const node = await store.updateNode(grid.name, found.name, change, actor, clock())
      if (node === undefined) throw notFound()
      agents.announce(grid.name)
      return show(grid, node)
    })

    app.delete('/v1/nodes/:grid/:node', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'change' })
      const found = await store.node(grid.name, wanted.node)
      if (found === undefined) throw notFound()
      refuseToStrand(found, request)
      const removal = await store.removeNode(grid.name, found.name, actorOf(request), clock())
      if (removal.outcome === 'missing') throw notFound()
      if (removal.outcome === 'connected') throw invalid({ node: comesBack(found.name) })
      agents.remove(removal.node.key)
      agents.announce(grid.name)
      return {}
    })
  }
}

/**
 * A machine without a node would go on, and cost. Commands of ours take it away first; older ones know
 * nothing of machines, and are told which command does.
 */
function refuseToStrand({ name, machine }: NodeRecord, request: FastifyRequest): void {
  if (machine === undefined || request.headers['kontena-client'] !== undefined) return
  const { provider, id } = machine
  throw invalid({
    node: `Node ${name} runs on machine ${id} of ${provider}, which would go on without it. Take both away with a kontena command of version 2: kontena ${provider} node terminate ${name}`,
  })
}

function creationRefusal(
  outcome: Exclude<CreateNodeResult['outcome'], 'created'>,
  { grid, name }: { grid: GridRecord; name: string },
) {
  switch (outcome) {
    case 'no-grid':
      return notFound()
    case 'name-taken':
      return invalid({ name: `Node with name ${name} already exists` })
    case 'token-taken':
      return invalid({ token: 'Node with token already exists' })
    case 'node-id-taken':
    case 'node-id-replaced':
      return invalid({ node_id: 'Node with this engine id already exists' })
    case 'grid-full':
      return invalid({ node: gridFull(grid) })
  }
}

function keepsName(name: string): string {
  return `Node ${name} cannot be renamed: peers and machines know it by its name`
}

function comesBack(name: string): string {
  return `Node ${name} is online and joined with the grid token: it would join again at once. Stop its agent or its machine first`
}
