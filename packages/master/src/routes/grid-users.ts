import { gridMember } from '@kontena/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf, gridFor, isMasterAdmin, signedIn } from '../access.ts'
import { invalid, notFound } from '../http/refusal.ts'
import { parseBody } from '../http/validation.ts'
import { userReply } from '../replies/user-reply.ts'
import type { RouteContext } from './route-context.ts'

const gridParams = z.object({ grid: z.string() })
const memberParams = gridParams.extend({ email: z.string() })

/** The users who are members of a grid. Each answer lists all that are then. */
export function gridUserRoutes({ store, clock }: Pick<RouteContext, 'store' | 'clock'>) {
  const usersOf = async (grid: string) => ({ users: (await store.members(grid)).map(userReply) })

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/grids/:grid/users', async (request) => {
      const { grid } = gridParams.parse(request.params)
      await gridFor(store, request, { grid, to: 'read' })
      return usersOf(grid)
    })

    app.post('/v1/grids/:grid/users', async (request, reply) => {
      const { grid } = gridParams.parse(request.params)
      await gridFor(store, request, { grid, to: 'read' })
      requireAssigner(request)
      const { email } = parseBody(gridMember, request)
      const user = await store.user(email)
      if (user === undefined) throw notFound('User not found')
      await store.addMember(grid, user.id, actorOf(request), clock())
      return reply.code(201).send(await usersOf(grid))
    })

    app.delete('/v1/grids/:grid/users/:email', async (request) => {
      const { grid, email } = memberParams.parse(request.params)
      await gridFor(store, request, { grid, to: 'read' })
      requireAssigner(request)
      const user = await store.user(email.toLowerCase())
      const outcome =
        user === undefined
          ? 'missing'
          : await store.removeMember(grid, user.id, actorOf(request), clock())
      if (outcome === 'missing') throw invalid({ user: 'Invalid user' })
      if (outcome === 'last') throw invalid({ grid: 'Cannot remove last user' })
      return usersOf(grid)
    })
  }
}

/** Who has access to the grid and one of the roles for it. 1.5 answers others with a validation error. */
function requireAssigner(request: FastifyRequest): void {
  const user = signedIn(request)
  const hasRole = user.roles.some((role) => role === 'user_admin' || role === 'grid_admin')
  if (!isMasterAdmin(user) && !hasRole) throw invalid({ grid: 'Operation not allowed' })
}
