import type { FastifyReply, FastifyRequest } from 'fastify'
import { accessDenied, notFound, Refusal } from './http/refusal.ts'
import { unknownAddress } from './http/remember-addresses.ts'
import { hashSecret } from './secrets/secrets.ts'
import type { Actor, GridRecord, UserRecord } from './store/records.ts'
import type { Store } from './store/store.ts'

declare module 'fastify' {
  interface FastifyRequest {
    /** Set for every route behind {@link requireLogin}. */
    user: UserRecord | undefined
    /** Id of the access token that the request came with. */
    tokenId: string | undefined
  }
}

/**
 * A hook that lets only requests with a valid access token through. Expired tokens get 401 from
 * clients of ours, which tells them to refresh, and 403 else, because 1.5 clients expect that.
 */
export function requireLogin(store: Store, clock: () => Date) {
  const recognize = recognizeLogin(store, clock)
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    await recognize(request, reply)
    if (request.user === undefined) throw tokenRefusal(403, 'Invalid token')
  }
}

/** A hook that lets everybody through but with an expired token. The route decides about the rest. */
export function recognizeLogin(store: Store, clock: () => Date) {
  return async (request: FastifyRequest, _reply: FastifyReply): Promise<void> => {
    const token = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '')?.[1]
    const session = token === undefined ? undefined : await store.session(hashSecret(token))
    if (session === undefined) return
    if (session.expiresAt !== undefined && session.expiresAt <= clock()) {
      throw tokenRefusal(
        request.headers['kontena-client'] === undefined ? 403 : 401,
        'Token expired',
      )
    }
    request.user = session.user
    request.tokenId = session.id
  }
}

function tokenRefusal(status: number, description: string): Refusal {
  const body = { error: 'invalid_token', error_description: description }
  return new Refusal(status, body, {
    'www-authenticate': `Bearer realm="kontena_master", error="${body.error}", error_description="${description}"`,
  })
}

export function signedIn(request: FastifyRequest): UserRecord {
  if (request.user === undefined) throw new Error(`${request.url} is not behind a login`)
  return request.user
}

export function actorOf(request: FastifyRequest): Actor {
  const { user } = request
  // Absent, whatever its type says, where the connection was reset before anybody asked.
  const { ip }: { ip?: string } = request
  return {
    address: ip ?? unknownAddress,
    userAgent: request.headers['user-agent'],
    user: user === undefined ? undefined : { id: user.id, email: user.email },
  }
}

/** The local user `admin` rules, whatever its roles say, as on a 1.5 master. */
export function isMasterAdmin(user: UserRecord): boolean {
  return user.email === 'admin' || user.roles.includes('master_admin')
}

/** Invites, lists and removes users. */
export function isUserAdmin(user: UserRecord): boolean {
  return isMasterAdmin(user) || user.roles.includes('user_admin')
}

/**
 * The grid, for those who may do this with it. Members read; changes are for administrators, and a
 * grid administrator acts only on grids it is a member of. Throws 404 or 403.
 */
export async function gridFor(
  store: Store,
  request: FastifyRequest,
  wanted: { grid: string; to: 'read' | 'change' },
): Promise<GridRecord> {
  const user = signedIn(request)
  const grid = await store.grid(wanted.grid)
  if (grid === undefined) throw notFound()
  if (isMasterAdmin(user)) return grid
  const isMember = user.grids.includes(grid.name)
  const isAllowed = wanted.to === 'read' || user.roles.includes('grid_admin')
  if (!isMember || !isAllowed) throw accessDenied()
  return grid
}
