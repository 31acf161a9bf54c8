import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { gridFor, isMasterAdmin, signedIn } from '../access.ts'
import { accessDenied } from '../refusal.ts'
import { auditReply } from '../replies/audit-reply.ts'
import { parseBody } from '../validation.ts'
import type { RouteContext } from './route-context.ts'

const gridParams = z.object({ grid: z.string() })
const auditQuery = z.object({ limit: z.number().int().min(1).max(3_000).default(500) })

/** Who changed what, oldest first. */
export function auditLogRoutes({ store }: RouteContext) {
  const read = async (request: FastifyRequest, grid?: string) => {
    const { limit } = parseBody(auditQuery, { body: request.query, headers: {} })
    const entries = await store.auditLog(limit, grid)
    return { logs: entries.reverse().map(auditReply) }
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/audit_logs', async (request) => {
      if (!isMasterAdmin(signedIn(request))) throw accessDenied()
      return read(request)
    })

    app.get('/v1/grids/:grid/audit_log', async (request) => {
      const { grid } = gridParams.parse(request.params)
      await gridFor(store, request, { grid, to: 'read' })
      return read(request, grid)
    })
  }
}
