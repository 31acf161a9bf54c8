import type { FastifyInstance } from 'fastify'
import { z } from 'zod'
import { notFound } from '../http/refusal.ts'
import type { FormerAgents } from '../start/former-agents.ts'

const params = z.object({ hash: z.string() })

/** The agent as one file, its SHA-256 in hex, and those handed out before it. */
export interface AgentBundle {
  readonly content: Buffer
  readonly hash: string
  readonly former: FormerAgents | undefined
}

/**
 * Hands the agent out as one file. Without login, because it is no secret: the machine compares it
 * with the hash in its user data. The address names the content, so it may be cached for ever.
 */
export function agentBundleRoutes(bundle: AgentBundle) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/agent/bundle/:hash', async (request, reply) => {
      const { hash } = params.parse(request.params)
      const content = hash === bundle.hash ? bundle.content : await bundle.former?.find(hash)
      if (content === undefined) throw notFound()
      return reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        .header('etag', `"${hash}"`)
        .type('text/javascript; charset=utf-8')
        .send(content)
    })
  }
}
