import { randomBytes, timingSafeEqual } from 'node:crypto'
import type { WritableCallLog } from '../calls.ts'
import type { ArmedFaults } from '../faults.ts'
import { beforeCommit } from '../faulty-call.ts'
import { type CloudReply, type CloudRequest, dropped, type Endpoint } from '../server.ts'
import { subscriptionId, tenantId } from './resource-id.ts'
import { ArmError } from './wire/errors.ts'

/** The identity that machines of this sandbox's owner have: tokens, and what checks them. */
export interface Identity {
  /** What the token service wants to see in a header. */
  readonly secret: string
  readonly objectId: string
  /** Throws ArmError for a call without a token of ours. */
  authenticate(authorization: string | undefined): void
  readonly endpoint: Endpoint
}

export const tokenPath = '/msi/token'
const apiVersion = '2019-08-01'
/** Seconds. */
const lifetime = 24 * 3600
const objectId = '5ca1ab1e-0000-4000-8000-000000000b1d'
/** A token that stands for one whose time has run out. */
const expiredToken = 'expired'

/**
 * Managed identity as App Service offers it, the one form that works over plain HTTP. A token that was given
 * is as good as the one that it hands out.
 */
export function openIdentity(
  { faults, calls }: { faults: ArmedFaults; calls: WritableCallLog },
  givenToken?: string,
): Identity {
  const secret = randomBytes(16).toString('hex').toUpperCase()
  const token = makeToken()
  return {
    secret,
    objectId,
    authenticate: (authorization) => authenticate(authorization, [token, givenToken ?? token]),
    endpoint: {
      handles: ({ target }) => target.split('?')[0] === tokenPath,
      async answer(request) {
        const time = Date.now()
        const refusal = await beforeCommit(faults, { action: 'managedIdentity.getToken' })
        const reply = refusal?.kind === 'reset' ? dropped : grant(request, secret, token)
        calls.add({
          action: 'managedIdentity.getToken',
          region: '',
          dryRun: false,
          status: reply === dropped ? 0 : reply.status,
          code: undefined,
          time,
        })
        return reply
      },
    },
  }
}

function grant(
  { target, headers, method }: CloudRequest,
  secret: string,
  token: string,
): CloudReply {
  const query = new URLSearchParams(target.split('?')[1])
  const resource = query.get('resource') ?? ''
  if (headers['x-identity-header'] !== secret) return refuse(401, 'the identity header is wrong')
  if (method !== 'GET' || query.get('api-version') !== apiVersion || resource === '') {
    return refuse(400, 'api-version and resource must be given')
  }
  const body = {
    access_token: token,
    client_id: objectId,
    expires_on: String(Math.floor(Date.now() / 1000) + lifetime),
    not_before: String(Math.floor(Date.now() / 1000)),
    resource,
    token_type: 'Bearer',
  }
  return { status: 200, type: 'application/json', body: JSON.stringify(body) }
}

function refuse(statusCode: number, message: string): CloudReply {
  return {
    status: statusCode,
    type: 'application/json',
    body: JSON.stringify({ statusCode, message }),
  }
}

/** Looks like the ones that Azure signs; nobody here checks the signature. */
function makeToken(): string {
  const now = Math.floor(Date.now() / 1000)
  const claims = {
    aud: 'https://management.azure.com',
    iss: `https://sts.windows.net/${tenantId}/`,
    iat: now,
    exp: now + lifetime,
    appid: objectId,
    oid: objectId,
    tid: tenantId,
    xms_mirid: `/subscriptions/${subscriptionId}`,
  }
  const encode = (part: object) => Buffer.from(JSON.stringify(part)).toString('base64url')
  return `${encode({ typ: 'JWT', alg: 'RS256' })}.${encode(claims)}.${randomBytes(32).toString('base64url')}`
}

function authenticate(authorization: string | undefined, good: readonly string[]): void {
  if (authorization === undefined) {
    throw new ArmError({
      status: 401,
      code: 'AuthenticationFailed',
      message: "Authentication failed. The 'Authorization' header is missing.",
    })
  }
  const given = /^Bearer (\S+)$/i.exec(authorization)?.[1] ?? ''
  if (given === expiredToken) {
    throw new ArmError({
      status: 401,
      code: 'ExpiredAuthenticationToken',
      message: 'The access token expiry UTC time is earlier than current UTC time.',
    })
  }
  if (good.some((token) => isSame(given, token))) return
  throw new ArmError({
    status: 401,
    code: 'InvalidAuthenticationToken',
    message: 'The access token is invalid.',
  })
}

function isSame(one: string, other: string): boolean {
  const [first, second] = [Buffer.from(one), Buffer.from(other)]
  return first.length === second.length && timingSafeEqual(first, second)
}
