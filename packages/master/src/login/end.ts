import type { FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf } from '../access.ts'
import { ProviderFailure } from '../login-provider/fetch-json.ts'
import { userOfIdentity } from '../login-provider/find-user.ts'
import { type Identity, identify } from '../login-provider/identity.ts'
import { loginProvider } from '../login-provider/settings.ts'
import type { RouteContext } from '../routes/route-context.ts'
import { hashSecret, isSameSecret, randomHex } from '../secrets/secrets.ts'
import type { LoginRecord } from '../store/login-store.ts'
import type { UserRecord } from '../store/records.ts'
import { codeLifetime } from '../token-lifetime.ts'
import { forgetState, rememberedState } from './cookie.ts'
import {
  brokenProvider,
  refusedThere,
  sendLoginFailure,
  stranger,
  unknownLogin,
} from './failures.ts'
import { loginTarget, targetWithCode } from './target.ts'

const query = z.object({
  code: z.string().max(4_096).optional(),
  state: z.string().max(128).optional(),
  error: z.string().max(256).optional(),
})

/** Takes a browser back from the login provider, and sends it on with a one-time code of ours. */
export async function endLogin(
  context: RouteContext,
  request: FastifyRequest,
  reply: FastifyReply,
) {
  const { store, clock, limit } = context
  const { state, code, error } = query.safeParse(request.query).data ?? {}
  const login = await loginOf(context, state, rememberedState(request))
  forgetState(reply)
  const provider = await loginProvider(store)
  if (login === undefined || provider === undefined) {
    limit.count(request.ip)
    return sendLoginFailure(request, reply, unknownLogin)
  }
  if (code === undefined) return sendLoginFailure(request, reply, refusedThere(error))

  let identity: Identity
  try {
    identity = await identify(provider, { ...login, code })
  } catch (failure) {
    if (!(failure instanceof ProviderFailure)) throw failure
    request.log.warn({ cause: failure.cause }, failure.message)
    return sendLoginFailure(request, reply, brokenProvider(failure.message))
  }
  const user = await userOfIdentity(store, identity, {
    invitationHash: login.invitationHash,
    actor: actorOf(request),
    now: clock(),
  })
  if (user === undefined) {
    const { email, name, id } = identity
    return sendLoginFailure(request, reply, stranger(email ?? name ?? id))
  }
  const ours = await makeCode(context, request, { user, lifetime: login.lifetime })
  const serverName = await store.configurationValue('server.name')
  const target = loginTarget(login.redirectUri) ?? { page: true }
  return reply.redirect(targetWithCode(target, { code: ours, serverName }))
}

async function loginOf(
  { store, clock }: RouteContext,
  state: string | undefined,
  begun: string | undefined,
): Promise<LoginRecord | undefined> {
  if (state === undefined || begun === undefined || !isSameSecret(state, begun)) return undefined
  return store.endLogin(hashSecret(state), clock())
}

async function makeCode(
  { store, clock }: RouteContext,
  request: FastifyRequest,
  { user, lifetime }: { user: UserRecord; lifetime: number | undefined },
): Promise<string> {
  const code = randomHex(16)
  const goodUntil = new Date(clock().getTime() + codeLifetime)
  await store.createCode(
    { userId: user.id, codeHash: hashSecret(code), lifetime, scopes: 'user', goodUntil },
    { ...actorOf(request), user: { id: user.id, email: user.email } },
    clock(),
  )
  return code
}
