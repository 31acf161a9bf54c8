import type { NodeHealth, RpcError } from '@kontena/protocol'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { z } from 'zod'
import { gridFor } from '../access.ts'
import { agentCalls } from '../gateway/agent-calls.ts'
import { nodeStatus } from '../grid/node-status.ts'
import { invalid, notFound } from '../http/refusal.ts'
import { rubyTime } from '../ruby-time.ts'
import type { GridRecord, NodeRecord } from '../store/records.ts'
import type { RouteContext } from './route-context.ts'

const nodeParams = z.object({ grid: z.string(), node: z.string() })

/** How a node is, as its agent says at that moment. */
export function healthRoutes({ store, agents, askTimeout }: RouteContext & { askTimeout: number }) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/nodes/:grid/:node/health', async (request, replying): Promise<NodeHealth> => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'read' })
      const node = await store.node(grid.name, wanted.node)
      if (node === undefined) throw notFound()
      if (!node.connected) throw invalid({ connection: describeConnection(node) })
      const signal = untilClosed(replying)
      const answer = await agents
        .ask(node.key, agentCalls.health, { timeout: askTimeout, signal })
        // Nobody is there any more to be told.
        .catch(() => ({ outcome: 'silent' }) as const)
      switch (answer.outcome) {
        case 'answered':
          return reply(grid, node, answer.result)
        case 'failed':
          return reply(grid, node, { error: reasonOf(answer.error) })
        case 'disconnected':
          throw invalid({ connection: notConnected })
        case 'silent':
          throw invalid({ etcd_health: `Connection timeout (${askTimeout / 1000}s)` })
        case 'busy':
          throw invalid({ etcd_health: 'Too many requests wait for this node' })
      }
    })
  }
}

/** Aborted when the client is gone before it has its answer. */
function untilClosed({ raw }: FastifyReply): AbortSignal {
  const gone = new AbortController()
  raw.once('close', () => gone.abort())
  return gone.signal
}

/** An agent may say anything, at any length. */
function reasonOf({ message, error }: RpcError): string | undefined {
  return (message ?? error)?.slice(0, 1_024)
}

const notConnected = 'Websocket is not connected'

/** In the words of 1.5. */
function describeConnection({ rejection, close, disconnectedAt }: NodeRecord): string {
  if (rejection !== undefined) {
    const { at, code, reason } = rejection
    return `Websocket connection rejected at ${rubyTime(at)} with code ${code}: ${reason}`
  }
  if (close === undefined || disconnectedAt === undefined) return notConnected
  const { code, reason } = close
  return `Websocket disconnected at ${rubyTime(disconnectedAt)} with code ${code}: ${reason}`
}

type Told = Pick<NodeHealth, 'checks'> & {
  health?: boolean | null | undefined
  error?: string | null | undefined
}

function reply(grid: GridRecord, node: NodeRecord, { health, error, checks }: Told): NodeHealth {
  return {
    id: `${grid.name}/${node.name}`,
    name: node.name,
    node_number: node.number,
    initial_member: node.number <= grid.initialSize,
    status: nodeStatus(node),
    connected_at: node.connectedAt?.toISOString() ?? null,
    disconnected_at: node.disconnectedAt?.toISOString() ?? null,
    connected: node.connected,
    etcd_health: { health: health ?? null, error: error ?? null },
    ...(checks === undefined ? {} : { checks }),
  }
}
