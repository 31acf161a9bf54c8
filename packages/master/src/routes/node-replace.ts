import { nodeReplace } from '@kontena/protocol'
import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { actorOf, gridFor } from '../access.ts'
import { invalid, notFound } from '../http/refusal.ts'
import { parseBody } from '../http/validation.ts'
import { oneNodeReply } from '../replies/node-reply.ts'
import { hashSecret, randomToken } from '../secrets/secrets.ts'
import type { ReplaceNodeResult } from '../store/node-store.ts'
import type { RouteContext } from './route-context.ts'

/** `node` is a name or an engine's id. */
const nodeParams = z.object({ grid: z.string(), node: z.string() })

/**
 * Puts another machine under a node that is there, which a 1.5 master refuses for ever (4003). The old
 * agent is cut off: neither its token nor its engine lets it come back.
 */
export function nodeReplaceRoutes({ store, clock, agents }: RouteContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.post('/v1/nodes/:grid/:node/replace', async (request) => {
      const wanted = nodeParams.parse(request.params)
      const grid = await gridFor(store, request, { ...wanted, to: 'change' })
      const { token = randomToken(), force } = parseBody(nodeReplace, request)
      const replacement = {
        token: { hash: hashSecret(token), readable: token },
        evenConnected: force,
      }
      const actor = actorOf(request)
      const result = await store.replaceNode(grid.name, wanted.node, replacement, actor, clock())
      if (result.outcome !== 'replaced') throw refusal(result, wanted.node)
      const { node } = result
      agents.replace(node.key)
      agents.announce(grid.name)
      return oneNodeReply(grid, node, await store.peers(grid.name))
    })
  }
}

function refusal(result: Exclude<ReplaceNodeResult, { outcome: 'replaced' }>, name: string) {
  switch (result.outcome) {
    case 'missing':
      return notFound()
    case 'token-taken':
      return invalid({ token: 'Node with token already exists' })
    case 'connected':
      return invalid({
        node: `Node ${name} is connected: its machine would be cut off. Stop its agent first, or say so by force`,
      })
    case 'awaited':
      return invalid({ node: `Node ${name} waits for the machine of an order that is under way` })
    case 'has-machine': {
      const { provider, id } = result.machine
      return invalid({
        node: `Node ${name} runs on machine ${id} of ${provider}, which would go on without it. Use: kontena ${provider} node replace ${name}`,
      })
    }
  }
}
