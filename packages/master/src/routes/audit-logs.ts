import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { gridFor, isMasterAdmin, signedIn } from '../access.ts'
import { accessDenied } from '../http/refusal.ts'
import { parseQuery } from '../http/validation.ts'
import { auditReply } from '../replies/audit-reply.ts'
import type { GridRecord } from '../store/records.ts'
import type { RouteContext } from './route-context.ts'

const gridParams = z.object({ grid: z.string() })
const auditQuery = z.object({ limit: z.number().int().min(1).max(3_000).default(500) })

/** Who changed what, oldest first. */
export function auditLogRoutes({ store }: RouteContext) {
  const read = async (request: FastifyRequest, grid?: GridRecord) => {
    const { limit } = parseQuery(auditQuery, request)
    const entries = await store.auditLog(limit, grid?.name)
    const behind = grid?.behind.auditEntry ?? 0
    const logs = entries.filter(({ id }) => id > behind).reverse()
    return { logs: logs.map(auditReply) }
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/audit_logs', async (request) => {
      if (!isMasterAdmin(signedIn(request))) throw accessDenied()
      return read(request)
    })

    app.get('/v1/grids/:grid/audit_log', async (request) => {
      const { grid } = gridParams.parse(request.params)
      return read(request, await gridFor(store, request, { grid, to: 'read' }))
    })
  }
}
