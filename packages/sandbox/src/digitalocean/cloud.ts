import { randomUUID, timingSafeEqual } from 'node:crypto'
import { z } from 'zod'
import type { WritableCallLog } from '../calls.ts'
import { Refusal } from '../rest/refusal.ts'
import { openRestApi, type RestApi } from '../rest/rest-api.ts'
import type { CloudReply, CloudRequest, Endpoint } from '../server.ts'
import type { Account, DigitaloceanCall, DigitaloceanRoute } from './account.ts'
import { accountRoute } from './account-route.ts'
import { catalogRoutes } from './catalog/routes.ts'
import { actionRoutes } from './droplets/actions.ts'
import { dropletRoutes } from './droplets/routes.ts'
import { firewallRoutes } from './firewalls/routes.ts'
import { keyRoutes } from './keys/routes.ts'
import { vpcRoutes } from './networks/routes.ts'
import { badRequest, forbidden, notFound, tooManyRequests, unauthorized } from './refusals.ts'
import { tagRoutes } from './tags/routes.ts'
import type { RateLimit } from './wire/rate-limit.ts'

const routes: readonly DigitaloceanRoute[] = [
  accountRoute,
  ...catalogRoutes,
  ...keyRoutes,
  ...tagRoutes,
  ...vpcRoutes,
  ...firewallRoutes,
  ...actionRoutes,
  ...dropletRoutes,
]

export interface DigitaloceanApiOptions {
  readonly account: Account
  readonly token: string
  readonly rate: RateLimit
  readonly calls: WritableCallLog
}

/** DigitalOcean's API v2. */
export function openDigitaloceanApi(options: DigitaloceanApiOptions): Endpoint {
  const { account, token, rate, calls } = options
  return openRestApi<Account>({
    prefix: '/v2/',
    routes,
    world: account,
    faults: account.faults,
    calls,
    admit(request) {
      if (!isKnown(request, token)) throw unauthorized()
      rate.count()
    },
    zoneOf,
    unknownPath: notFound,
    malformedBody: badRequest,
    struck,
    render,
    headers: rate.headers,
  })
}

function isKnown({ headers }: CloudRequest, token: string): boolean {
  const given = Buffer.from(headers.authorization ?? '')
  const expected = Buffer.from(`Bearer ${token}`)
  return given.length === expected.length && timingSafeEqual(given, expected)
}

const placed = z.object({ region: z.string() })

/** The region that the body names, or that the droplet or VPC of the path is in. */
function zoneOf({ body, parameters, world }: DigitaloceanCall): string | undefined {
  const named = placed.safeParse(body).data?.region
  const droplet = world.droplets.get(Number(parameters.id))
  return named ?? (droplet ?? world.vpcs.get(parameters.vpc ?? ''))?.region.slug
}

function struck(fault: Parameters<RestApi<Account>['struck']>[0]): Refusal {
  switch (fault.kind) {
    case 'throttle':
      return tooManyRequests(fault.retryAfter)
    case 'unauthorized':
      return forbidden()
    case 'error':
      return new Refusal(fault.status, fault.code, fault.message)
  }
}

/** What the machines before the API say, they say in HTML. */
function render({ status, code, message, body: own }: Refusal): CloudReply {
  const requestId = randomUUID()
  const headers = { 'x-request-id': requestId }
  if (status >= 502 && status <= 504) {
    const body = `<html>\n<head><title>${status}</title></head>\n<body><h1>${message}</h1></body>\n</html>\n`
    return { status, type: 'text/html', body, headers }
  }
  const body = JSON.stringify(own ?? { id: code, message, request_id: requestId })
  return { status, type: 'application/json; charset=utf-8', body, headers }
}
