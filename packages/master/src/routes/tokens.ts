import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf, isMasterAdmin, signedIn } from '../access.ts'
import { notFound } from '../http/refusal.ts'
import { tokenReply } from '../replies/token-reply.ts'
import { hashSecret } from '../secrets/secrets.ts'
import type { TokenRecord } from '../store/records.ts'
import type { RouteContext } from './route-context.ts'

const params = z.object({ token: z.string() })

/** Access tokens and codes of the caller. `:token` is an id, a token itself, or `current` for the caller's. */
export function tokenRoutes({ store, clock }: Pick<RouteContext, 'store' | 'clock'>) {
  /** Somebody else's token is none, but for those who administer the master. */
  const findToken = async (request: FastifyRequest): Promise<TokenRecord> => {
    const { token: key } = params.parse(request.params)
    const id = key === 'current' ? request.tokenId : undefined
    const token =
      (await store.token({ id: id ?? key })) ?? (await store.token({ hash: hashSecret(key) }))
    const user = signedIn(request)
    const isOwn = token?.user.id === user.id
    if (token === undefined || !(isOwn || isMasterAdmin(user))) throw notFound()
    return token
  }

  return async (app: FastifyInstance): Promise<void> => {
    app.get('/oauth2/tokens', async (request) => {
      const tokens = await store.tokens(signedIn(request).id)
      return { tokens: tokens.map((token) => tokenReply(token, clock())) }
    })

    app.get('/oauth2/tokens/:token', async (request) =>
      tokenReply(await findToken(request), clock()),
    )

    app.delete('/oauth2/tokens/:token', async (request, reply) => {
      const { id } = await findToken(request)
      const isGone = await store.removeToken(id, actorOf(request), clock())
      if (!isGone) throw notFound()
      return reply.code(201).send({})
    })
  }
}
