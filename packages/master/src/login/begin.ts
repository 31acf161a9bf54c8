import { createHash, randomBytes } from 'node:crypto'
import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { withQuery } from '../login-provider/identity.ts'
import { loginProvider, type ProviderSettings } from '../login-provider/settings.ts'
import { baseUrl } from '../public-address.ts'
import type { RouteContext } from '../routes/route-context.ts'
import { hashSecret, randomHex } from '../secrets/secrets.ts'
import { tokenLifetime } from '../token-lifetime.ts'
import { rememberState } from './cookie.ts'
import { badInvitation, badTarget, noProvider, sendLoginFailure } from './failures.ts'
import { loginTarget, targetWithCode } from './target.ts'

const query = z.object({
  redirect_uri: z.string().max(2_048).optional(),
  invite_code: z.string().max(128).optional(),
  /** Seconds that the access token is to live; 0 means for ever. */
  expires_in: z.coerce.number().int().min(0).max(3_155_760_000).default(tokenLifetime),
})

/** Milliseconds that a person has to log in at the provider. */
const patience = 10 * 60_000

/** Sends a browser to the login provider, or with an invitation straight to where it is to bring a code. */
export async function beginLogin(
  { store, clock, limit, publicUrl }: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { data } = query.safeParse(request.query)
  const target = data === undefined ? undefined : loginTarget(data.redirect_uri)
  if (data === undefined || target === undefined) return sendLoginFailure(request, reply, badTarget)
  const { invite_code: code, expires_in: seconds } = data
  const invitationHash = code === undefined ? undefined : hashSecret(code)
  if (invitationHash !== undefined && !(await store.invitedUser(invitationHash, clock()))) {
    limit.count(request.ip)
    return sendLoginFailure(request, reply, badInvitation)
  }
  const provider = await loginProvider(store)
  if (provider === undefined) {
    if (code === undefined) return sendLoginFailure(request, reply, noProvider)
    // An invitation is a code itself, which is used up once it is exchanged.
    const serverName = await store.configurationValue('server.name')
    return reply.redirect(targetWithCode(target, { code, serverName }))
  }

  const base = await baseUrl({ store, publicUrl }, request)
  const state = randomHex(32)
  const login = {
    stateHash: hashSecret(state),
    verifier: randomBytes(48).toString('base64url'),
    callback: `${base}/cb`,
    redirectUri: data.redirect_uri ?? '',
    invitationHash,
    lifetime: seconds === 0 ? undefined : seconds,
    expiresAt: new Date(clock().getTime() + patience),
  }
  await store.beginLogin(login, clock())
  rememberState(reply, state, { seconds: patience / 1000, isSecure: base.startsWith('https:') })
  return reply.redirect(authorizeUrl(provider, { ...login, state }))
}

function authorizeUrl(
  provider: ProviderSettings,
  login: { readonly callback: string; readonly state: string; readonly verifier: string },
): string {
  return withQuery(provider.authorizeEndpoint, {
    response_type: 'code',
    client_id: provider.clientId,
    redirect_uri: login.callback,
    scope: provider.userinfoScope,
    state: login.state,
    // RFC 7636: who steals the provider's code on its way cannot use it.
    code_challenge: createHash('sha256').update(login.verifier).digest('base64url'),
    code_challenge_method: 'S256',
  })
}
