import { invitationCreate, tokenCreate } from '@kontena/protocol'
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify'
import { z } from 'zod'
import { actorOf, isMasterAdmin, isUserAdmin, recognizeLogin } from '../access.ts'
import { acceptForms, answerAsAsked } from '../http/oauth-forms.ts'
import { invalid, notFound, Refusal } from '../http/refusal.ts'
import { parseBody } from '../http/validation.ts'
import { baseUrl } from '../public-address.ts'
import { newCodeReply, newTokenReply } from '../replies/token-reply.ts'
import { hashSecret, printOf, randomHex } from '../secrets/secrets.ts'
import type { UserRecord } from '../store/records.ts'
import { codeLifetime, invitationLifetime, tokenLifetime } from '../token-lifetime.ts'
import type { RouteContext } from './route-context.ts'

const envelope = { response_type: z.string(), state: z.string().optional() }
const anyRequest = z.looseObject(envelope)
const invitationBody = invitationCreate.extend(envelope)
const tokenBody = tokenCreate.extend(envelope)

/** Tokens, one-time codes and invitations, made by somebody with a token (1.5: `POST /oauth2/authorize`). */
export function authorizeRoutes({ store, clock, publicUrl }: RouteContext) {
  const invite = async (request: FastifyRequest) => {
    const user = requireUser(request)
    if (!isUserAdmin(user)) throw oauthDenied()
    const wanted = parseBody(invitationBody, request)
    const known = await store.user(wanted.email)
    if (known !== undefined && !mayGrantAll(user, known)) throw oauthDenied()
    const code = randomHex(16)
    const invited = await store.invite(
      {
        email: wanted.email,
        name: wanted.username,
        externalId: wanted.external_id,
        codeHash: hashSecret(code),
        expiresAt: new Date(clock().getTime() + invitationLifetime),
      },
      actorOf(request),
      clock(),
    )
    if (invited === 'joined') throw invalid({ email: `User ${wanted.email} has joined already` })
    if (invited === 'id-taken') throw invalid({ external_id: 'External Id is another user' })
    const base = await baseUrl({ store, publicUrl }, request)
    return { email: invited.email, invite_code: code, link: `${base}/j/${code}` }
  }

  const authorize = async (request: FastifyRequest, kind: 'code' | 'token') => {
    const user = requireUser(request)
    const wanted = parseBody(tokenBody, request)
    const holder = await holderOf(user, wanted.user)
    const grant = {
      userId: holder.id,
      lifetime: wanted.expires_in === 0 ? undefined : (wanted.expires_in ?? tokenLifetime),
      scopes: scopesOf(wanted.scope),
      description: wanted.description,
    }
    const actor = actorOf(request)
    const serverName = await store.configurationValue('server.name')
    if (kind === 'code') {
      const code = randomHex(16)
      const goodUntil = new Date(clock().getTime() + codeLifetime)
      const wantedCode = { ...grant, codeHash: hashSecret(code), goodUntil }
      return newCodeReply(await store.createCode(wantedCode, actor, clock()), code, { serverName })
    }
    const secrets = { token: randomHex(32), refresh: randomHex(64) }
    const prints = { token: printOf(secrets.token), refresh: printOf(secrets.refresh) }
    const session = await store.createToken({ ...grant, ...prints }, actor, clock())
    return newTokenReply(session, secrets, { now: clock(), serverName })
  }

  /** Oneself, or for an administrator of the master whoever is named. */
  const holderOf = async (user: UserRecord, email: string | undefined): Promise<UserRecord> => {
    if (email === undefined || email === user.email) return user
    if (!isMasterAdmin(user)) throw oauthDenied()
    const other = await store.user(email)
    if (other === undefined) throw notFound('User not found')
    if (other.isInvited) throw invalid({ user: `User ${email} has not joined yet` })
    return other
  }

  return async (app: FastifyInstance): Promise<void> => {
    acceptForms(app)
    app.addHook('onRequest', recognizeLogin(store, clock))

    app.post('/oauth2/authorize', async (request, reply: FastifyReply) => {
      const { kind, state } = readRequest(request)
      const content = kind === 'invite' ? await invite(request) : await authorize(request, kind)
      return answerAsAsked(request, reply.code(201), { ...content, state })
    })
  }
}

function readRequest({ body, user }: FastifyRequest): {
  kind: 'invite' | 'code' | 'token'
  state: string | undefined
} {
  if (user === undefined) throw oauthDenied()
  const { response_type: kind, state } = anyRequest.safeParse(body ?? {}).data ?? {}
  if (kind !== 'invite' && kind !== 'code' && kind !== 'token') {
    throw new Refusal(400, { error: 'unsupported_response_type', error_description: null })
  }
  return { kind, state }
}

function requireUser({ user }: FastifyRequest): UserRecord {
  if (user === undefined) throw oauthDenied()
  return user
}

/** A code opens what the invited user may do, so only who may grant all of that gets a new one. */
function mayGrantAll(user: UserRecord, { roles, grids }: UserRecord): boolean {
  if (isMasterAdmin(user)) return true
  return roles.length === 0 && grids.every((grid) => user.grids.includes(grid))
}

function scopesOf(text: string): string {
  const scopes = text.split(/[\s,]+/).filter((scope) => scope !== '')
  const isKnown = scopes.every((scope) => scope === 'user' || scope === 'owner')
  if (scopes.length > 0 && isKnown) return [...new Set(scopes)].join(',')
  throw new Refusal(400, { error: 'invalid_scope', error_description: 'user,owner' })
}

function oauthDenied(): Refusal {
  return new Refusal(403, { error: 'access_denied', error_description: null })
}
