import { z } from 'zod'
import * as rest from '../rest.ts'
import * as users from '../users.ts'
import { MasterError } from './master-error.ts'
import type { Call } from './requester.ts'

/** Who may do what: logging in, users, and their tokens. */
export function accessCalls(call: Call) {
  const exchange = (body: Readonly<Record<string, string>>, signal?: AbortSignal) =>
    call('/oauth2/token', rest.accessToken, { method: 'POST', body, signal })
  const authorize = <T>(schema: z.ZodType<T>, body: object, signal?: AbortSignal) =>
    call('/oauth2/authorize', schema, { method: 'POST', body, signal })

  return {
    /** Exchanges a one-time code for an access token. */
    login: (code: string, signal?: AbortSignal) =>
      exchange({ grant_type: 'authorization_code', code }, signal),
    /** Works once: the refresh token is replaced along with the access token. */
    refresh: (refreshToken: string, signal?: AbortSignal) =>
      exchange({ grant_type: 'refresh_token', refresh_token: refreshToken }, signal),

    /** Whether a login in a browser can begin so at `/authenticate`, which leads it elsewhere. */
    browserLogin: async (
      query: Readonly<Record<string, string>>,
      signal?: AbortSignal,
    ): Promise<'offered' | 'no-provider' | 'bad-invitation'> => {
      try {
        await call(`/authenticate?${new URLSearchParams(query)}`, z.unknown(), { signal })
        return 'offered'
      } catch (error) {
        const status = error instanceof MasterError ? error.status : undefined
        if (status === 302 || status === 303) return 'offered'
        if (status === 501) return 'no-provider'
        if (status === 403) return 'bad-invitation'
        throw error
      }
    },

    user: (signal?: AbortSignal) => call('/v1/user', rest.user, { signal }),
    users: async (signal?: AbortSignal) =>
      (await call('/v1/users', z.object({ users: z.array(rest.user) }), { signal })).users,
    removeUser: (email: string, signal?: AbortSignal) =>
      call(userPath(email), z.unknown(), { method: 'DELETE', signal }),
    grantRole: (email: string, role: string, signal?: AbortSignal) =>
      call(`${userPath(email)}/roles`, rest.user, { method: 'POST', body: { role }, signal }),
    revokeRole: (email: string, role: string, signal?: AbortSignal) =>
      call(`${userPath(email)}/roles/${encodeURIComponent(role)}`, rest.user, {
        method: 'DELETE',
        signal,
      }),
    invite: (body: users.InvitationCreate, signal?: AbortSignal) =>
      authorize(users.invitation, { response_type: 'invite', ...body }, signal),

    tokens: async (signal?: AbortSignal) =>
      (await call('/oauth2/tokens', z.object({ tokens: z.array(users.tokenInfo) }), { signal }))
        .tokens,
    /** By its id; `current` is the one that the request is made with. */
    token: (id: string, signal?: AbortSignal) => call(tokenPath(id), users.tokenInfo, { signal }),
    createToken: (body: users.TokenCreate, signal?: AbortSignal) =>
      authorize(createdToken, { response_type: 'token', ...body }, signal),
    createCode: (body: users.TokenCreate, signal?: AbortSignal) =>
      authorize(users.authorizationCode, { response_type: 'code', ...body }, signal),
    removeToken: (id: string, signal?: AbortSignal) =>
      call(tokenPath(id), z.unknown(), { method: 'DELETE', signal }),
  }
}

const createdToken = users.tokenInfo.extend(rest.accessToken.shape)

function userPath(email: string): string {
  return `/v1/users/${encodeURIComponent(email)}`
}

function tokenPath(id: string): string {
  return `/oauth2/tokens/${encodeURIComponent(id)}`
}
