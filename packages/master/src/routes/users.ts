import { roleGrant, roleNames } from '@kontena/protocol'
import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf, isMasterAdmin, isUserAdmin, signedIn } from '../access.ts'
import { invalid, notFound, Refusal } from '../http/refusal.ts'
import { parseBody } from '../http/validation.ts'
import { userReply } from '../replies/user-reply.ts'
import type { RouteContext } from './route-context.ts'

/** Addresses are kept in small letters. */
const userParams = z.object({ email: z.string().toLowerCase() })
const roleParams = userParams.extend({ role: z.string() })
const role = z.enum(roleNames)

export function userRoutes({ store, clock }: Pick<RouteContext, 'store' | 'clock'>) {
  return async (app: FastifyInstance): Promise<void> => {
    app.get('/v1/user', async (request) => userReply(signedIn(request)))

    app.get('/v1/users', async (request) => {
      requireUserAdmin(request)
      return { users: (await store.users()).map(userReply) }
    })

    app.delete('/v1/users/:email', async (request) => {
      requireUserAdmin(request)
      const { email } = userParams.parse(request.params)
      const user = await store.user(email)
      if (user === undefined) throw notFound()
      refuseRemoval(request, user.email)
      // Who administers users does not rule over those who rule the master.
      if (isMasterAdmin(user)) requireMasterAdmin(request)
      const outcome = await store.removeUser(email, actorOf(request), clock())
      if (outcome === 'missing') throw notFound()
      if (outcome === 'last-admin') throw invalid({ user: lastAdmin })
      return {}
    })

    app.post('/v1/users/:email/roles', async (request, reply) => {
      requireMasterAdmin(request)
      const { email } = userParams.parse(request.params)
      const granted = parseBody(roleGrant, request)
      const user = await store.grantRole(email, granted.role, actorOf(request), clock())
      if (user === undefined) throw notFound()
      if (user === 'not-joined') throw invalid({ user: notJoined(email) })
      return reply.code(201).send(userReply(user))
    })

    app.delete('/v1/users/:email/roles/:role', async (request) => {
      requireMasterAdmin(request)
      const { email, role: name } = roleParams.parse(request.params)
      const known = role.safeParse(name)
      if (!known.success) throw invalid({ role: `Role ${name} does not exist` })
      const user = await store.revokeRole(email, known.data, actorOf(request), clock())
      if (user === 'missing') throw notFound()
      if (user === 'without-role') throw invalid({ role: `User does not have the role ${name}` })
      if (user === 'last-admin') throw invalid({ role: lastAdmin })
      return userReply(user)
    })
  }
}

function notJoined(email: string): string {
  return `${email} was invited by somebody else and has not joined yet: roles are given afterwards`
}

const lastAdmin = 'The last administrator of the master stays one'

/** Neither oneself, nor the local user by whom an operator gets in when nobody else can. */
function refuseRemoval(request: FastifyRequest, email: string): void {
  const reason =
    email === signedIn(request).email
      ? 'Cannot remove yourself'
      : email === 'admin'
        ? 'The local user admin stays'
        : undefined
  if (reason !== undefined) throw new Refusal(400, { error: { user: reason } })
}

function requireUserAdmin(request: FastifyRequest): void {
  if (!isUserAdmin(signedIn(request))) throw operationNotAllowed()
}

function requireMasterAdmin(request: FastifyRequest): void {
  if (!isMasterAdmin(signedIn(request))) throw operationNotAllowed()
}

function operationNotAllowed(): Refusal {
  return new Refusal(403, { error: 'Operation not allowed' })
}
