import type { FastifyInstance, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf } from '../access.ts'
import type { FailureLimit } from '../http/failure-limit.ts'
import { acceptForms, answerAsAsked } from '../http/oauth-forms.ts'
import { Refusal } from '../http/refusal.ts'
import { loginProvider } from '../login-provider/settings.ts'
import { newTokenReply } from '../replies/token-reply.ts'
import { hashSecret, printOf, randomHex } from '../secrets/secrets.ts'
import { tokenLifetime } from '../token-lifetime.ts'
import type { RouteContext } from './route-context.ts'

const body = z.object({
  grant_type: z.string(),
  code: z.string().min(1).optional(),
  refresh_token: z.string().min(1).optional(),
  state: z.string().optional(),
})

/** Exchange of a one-time code or refresh token for an access token (1.5: `POST /oauth2/token`). */
export function oauthRoutes({ store, clock, limit }: RouteContext) {
  /**
   * An invitation is a code as well, for users of a master of their own. Where people log in at a provider,
   * it is good for that login only.
   */
  const refuseForProvider = async (codeHash: string): Promise<void> => {
    if ((await store.invitedUser(codeHash, clock())) === undefined) return
    if ((await loginProvider(store)) === undefined) return
    throw new Refusal(403, {
      error: 'access_denied',
      error_description: 'This invitation is accepted by a login in a browser',
    })
  }

  return async (app: FastifyInstance): Promise<void> => {
    acceptForms(app)

    app.post('/oauth2/token', async (request, reply) => {
      const grant = readGrant(request.body)
      // Refresh tokens are not guessed, so that nobody behind this address loses a login by the failures of another.
      if (grant.kind === 'code') refuseTooMany(limit, request)
      const secrets = { token: randomHex(32), refresh: randomHex(64) }
      const hash = hashSecret(grant.secret)
      const exchange = (kind: 'code' | 'refresh' | 'invitation') =>
        store.exchange(
          {
            kind,
            hash,
            token: printOf(secrets.token),
            refresh: printOf(secrets.refresh),
            lifetime: tokenLifetime,
            now: clock(),
          },
          actorOf(request),
        )
      let session = await exchange(grant.kind)
      if (session === undefined && grant.kind === 'code') {
        await refuseForProvider(hash)
        session = await exchange('invitation')
      }
      if (session === undefined) {
        refuseTooMany(limit, request)
        limit.count(request.ip)
        throw invalidRequest(404, grant.name)
      }
      const serverName = await store.configurationValue('server.name')
      const content = newTokenReply(session, secrets, { now: clock(), serverName })
      return answerAsAsked(request, reply.code(201), { ...content, state: grant.state })
    })

    // Kontena of before 1.0 asked here with a password, and shows people what it is told.
    app.post('/v1/auth', async (request, reply) => {
      const isOld = request.headers['user-agent']?.startsWith('kontena-cli') === true
      const hint = isOld ? ' with Kontena 1.0 or later' : ''
      const text = `This master has no passwords. Use: kontena master login${hint}`
      return reply.code(403).type('application/json').send(JSON.stringify(text))
    })
  }
}

function refuseTooMany(limit: FailureLimit, { ip }: FastifyRequest): void {
  if (limit.isReached(ip)) throw new Refusal(429, { error: 'too_many_requests' })
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
