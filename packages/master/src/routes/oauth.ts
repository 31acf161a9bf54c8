import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf } from '../access.ts'
import { Refusal } from '../refusal.ts'
import { hashSecret, randomHex } from '../secrets.ts'
import type { SessionRecord } from '../store/records.ts'
import type { RouteContext } from './route-context.ts'

/** Seconds that a token lives which was got by a refresh token. */
const refreshLifetime = 7_200

const body = z.object({
  grant_type: z.string(),
  code: z.string().min(1).optional(),
  refresh_token: z.string().min(1).optional(),
  state: z.string().optional(),
})

/** Exchange of a one-time code or refresh token for an access token (1.5: `POST /oauth2/token`). */
export function oauthRoutes({ store, clock, limit }: RouteContext) {
  return async (app: FastifyInstance): Promise<void> => {
    app.addContentTypeParser(
      'application/x-www-form-urlencoded',
      { parseAs: 'string' },
      async (_request: FastifyRequest, text: string) =>
        Object.fromEntries(new URLSearchParams(text)),
    )

    app.post('/oauth2/token', async (request, reply) => {
      if (limit.isReached(request.ip)) throw new Refusal(429, { error: 'too_many_requests' })
      const grant = readGrant(request.body)
      const tokens = { token: randomHex(32), refresh: randomHex(64) }
      const session = await store.exchange(
        {
          kind: grant.kind,
          hash: hashSecret(grant.secret),
          tokenHash: hashSecret(tokens.token),
          refreshHash: hashSecret(tokens.refresh),
          refreshLifetime,
          now: clock(),
        },
        actorOf(request),
      )
      if (session === undefined) {
        limit.count(request.ip)
        throw invalidRequest(404, grant.name)
      }
      const content = tokenReply(session, tokens, clock())
      return answer(request, reply.code(201), { ...content, state: grant.state })
    })
  }
}

function readGrant(input: unknown) {
  const parsed = body.safeParse(input ?? {})
  if (!parsed.success) throw invalidRequest(400, 'grant_type')
  const { grant_type: name, code, refresh_token: refresh, state } = parsed.data
  if (name !== 'authorization_code' && name !== 'refresh_token') {
    throw new Refusal(400, { error: 'unsupported_grant_type', error_description: null })
  }
  const secret = name === 'authorization_code' ? code : refresh
  if (secret === undefined) throw invalidRequest(400, name)
  const kind = name === 'authorization_code' ? ('code' as const) : ('refresh' as const)
  return { kind, secret, name, state }
}

function invalidRequest(status: number, description: string): Refusal {
  return new Refusal(status, { error: 'invalid_request', error_description: description })
}

function tokenReply(session: SessionRecord, tokens: { token: string; refresh: string }, now: Date) {
  const expires = session.expiresAt
  const refresh = expires === undefined ? null : tokens.refresh
  return {
    id: session.id,
    token_type: 'bearer',
    access_token: tokens.token,
    refresh_token: refresh,
    access_token_last_four: tokens.token.slice(-4),
    refresh_token_last_four: refresh?.slice(-4) ?? null,
    expires_in: expires === undefined ? null : (expires.getTime() - now.getTime()) / 1000,
    scopes: session.scopes,
    description: null,
    user: { id: session.user.id, email: session.user.email, name: session.user.name ?? null },
    server: { name: null },
  }
}

/** In the form that was asked for: JSON, unless a form came and JSON was not asked for. */
function answer(request: FastifyRequest, reply: FastifyReply, content: Record<string, unknown>) {
  const sentForm = request.headers['content-type']?.startsWith('application/x-www-form-urlencoded')
  if (sentForm !== true || request.headers.accept?.includes('json') === true) {
    return reply.send({ ...content, state: undefined })
  }
  const flat = Object.entries(content).flatMap(([key, value]): [string, string][] =>
    typeof value === 'string' || typeof value === 'number' ? [[key, String(value)]] : [],
  )
  return reply.type('application/x-www-form-urlencoded').send(new URLSearchParams(flat).toString())
}
