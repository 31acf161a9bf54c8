import { randomUUID, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { WritableCallLog } from '../calls.ts'
import { Refusal } from '../rest/refusal.ts'
import { openRestApi, type RestApi } from '../rest/rest-api.ts'
import type { CloudReply, CloudRequest, Endpoint } from '../server.ts'
import type { Account, UpcloudCall, UpcloudRoute } from './account.ts'
import { accountRoutes } from './account-routes.ts'
import { addressRoutes } from './addresses/routes.ts'
import { catalogRoutes } from './catalog/routes.ts'
import { firewallRuleRoutes } from './firewall-rules/routes.ts'
import { networkRoutes } from './networks/routes.ts'
import { badRequest, notFound } from './refusals.ts'
import { stateRoutes } from './servers/change-state.ts'
import { serverRoutes } from './servers/routes.ts'
import { storageRoutes } from './storages/routes.ts'

const routes: readonly UpcloudRoute[] = [
  ...accountRoutes,
  ...catalogRoutes,
  ...serverRoutes,
  ...stateRoutes,
  ...firewallRuleRoutes,
  ...storageRoutes,
  ...networkRoutes,
  ...addressRoutes,
]

export interface UpcloudApiOptions {
  readonly account: Account
  /** What `Authorization` may be: a token, or a name and a password. */
  readonly authorizations: readonly string[]
  readonly calls: WritableCallLog
}

/** UpCloud's API 1.3. */
export function openUpcloudApi({ account, authorizations, calls }: UpcloudApiOptions): Endpoint {
  return openRestApi<Account>({
    prefix: '/1.3/',
    routes,
    world: account,
    faults: account.faults,
    calls,
    admit(request) {
      if (isKnown(request, authorizations)) return
      throw new Refusal(
        401,
        'AUTHENTICATION_FAILED',
        'Authentication failed using the given username and password.',
      )
    },
    zoneOf,
    unknownPath: () => notFound('NOT_FOUND', 'The requested resource was not found.'),
    malformedBody: () => badRequest('JSON_PARSE_FAILURE', 'The request body is not valid JSON.'),
    struck,
    render,
  })
}

function isKnown({ headers }: CloudRequest, authorizations: readonly string[]): boolean {
  const given = Buffer.from(headers.authorization ?? '')
  return authorizations.some((one) => {
    const expected = Buffer.from(one)
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

const zoned = z.object({ zone: z.string() })
const placed = z.union([
  z.object({ server: zoned }).transform(({ server }) => server.zone),
  z.object({ network: zoned }).transform(({ network }) => network.zone),
  z.object({ storage: zoned }).transform(({ storage }) => storage.zone),
])

/** The zone that the body names, or that what the path names is in. */
function zoneOf({ body, parameters, world }: UpcloudCall): string | undefined {
  const named = placed.safeParse(body).data
  const { server = '', network = '', storage = '' } = parameters
  const found =
    world.servers.get(server) ?? world.networks.get(network) ?? world.storages.get(storage)
  return named ?? found?.zone.id
}

function struck(fault: Parameters<RestApi<Account>['struck']>[0]): Refusal {
  switch (fault.kind) {
    case 'throttle': {
      const headers: Record<string, string> = {}
      if (fault.retryAfter !== undefined) headers['retry-after'] = String(fault.retryAfter)
      return new Refusal(429, 'TOO_MANY_REQUESTS', 'Too many requests.', { headers })
    }
    case 'unauthorized':
      return new Refusal(403, 'ACTION_FORBIDDEN', 'The account may not perform this operation.')
    case 'error':
      return new Refusal(fault.status, fault.code, fault.message)
  }
}

/** Younger parts of the API describe errors as RFC 9457 has it, older ones in a way of their own. */
function render({ status, code, message }: Refusal, { target }: CloudRequest): CloudReply {
  if (!target.startsWith('/1.3/account/tokens')) {
    const body = JSON.stringify({ error: { error_code: code, error_message: message } })
    return { status, type: 'application/json; charset=UTF-8', body }
  }
  const body = JSON.stringify({
    type: `https://developers.upcloud.com/1.3/errors#ERROR_${code}`,
    title: message,
    status,
    correlation_id: randomUUID(),
  })
  return { status, type: 'application/problem+json', body }
}
