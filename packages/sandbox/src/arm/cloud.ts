import { randomUUID } from 'node:crypto'
import type { WritableCallLog } from '../calls.ts'
import { afterCommit, beforeCommit, type Refusal } from '../faulty-call.ts'
import { type CloudReply, type CloudRequest, dropped, type Endpoint } from '../server.ts'
import { zoneWord } from './catalog/locations.ts'
import { refuseUnlessRegistered } from './catalog/provider-routes.ts'
import { findGroup, refuseWhileGoing } from './groups/routes.ts'
import { placeOf } from './place.ts'
import { openAllowance } from './rate.ts'
import { subscriptionId } from './resource-id.ts'
import { type Answer, type Call, openRouter, type Route } from './route.ts'
import { routes } from './routes.ts'
import type { Identity } from './token.ts'
import { ArmError, badRequest } from './wire/errors.ts'
import type { World } from './world.ts'

export interface ArmOptions {
  readonly world: World
  readonly identity: Identity
  readonly calls: WritableCallLog
}

const find = openRouter(routes)

/** Azure Resource Manager: JSON over REST. */
export function openArm({ world, identity, calls }: ArmOptions): Endpoint {
  const allowance = openAllowance()
  return {
    handles: ({ target }) => /^\/(subscriptions|providers)([/?]|$)/i.test(target),
    async answer(request) {
      const time = Date.now()
      const call = openCall(request)
      const { location, zone } = placeOf(call, world)
      const outcome = await carryOut(
        call,
        { ...call, zone: zone && zoneWord(location, zone) },
        {
          world,
          identity,
        },
      )
      calls.add({
        action: call.action,
        region: location,
        dryRun: call.dryRun,
        status: outcome.answer === dropped ? 0 : outcome.answer.status,
        code: outcome.code,
        time,
      })
      return outcome.answer === dropped
        ? dropped
        : toReply(outcome.answer, allowance.spend(request.method))
    },
  }
}

/** A call, and what is known of it before anything was checked. */
export interface ArmCall extends Call {
  readonly route: Route | undefined
  /** Of its route; of a call that nothing answers, its method and path. */
  readonly action: string
  readonly dryRun: boolean
  /** Undefined where the body is no JSON. */
  readonly json: { readonly value: unknown } | undefined
}

function openCall(request: CloudRequest): ArmCall {
  const { method, target, headers } = request
  const [path = '', search = ''] = target.split('?', 2)
  const found = find(method, path)
  const query = new URLSearchParams()
  for (const [name, value] of new URLSearchParams(search)) query.append(name.toLowerCase(), value)
  const json = parseJson(request.body)
  return {
    method,
    target,
    url: `http://${headers.host ?? '127.0.0.1'}`,
    headers,
    query,
    json,
    body: json?.value,
    apiVersion: query.get('api-version') ?? '',
    parameters: found?.parameters ?? {},
    route: found?.route,
    action: found?.route.action ?? `${method} ${path}`,
    dryRun: found?.route.isDryRun ?? false,
  }
}

function parseJson(text: string): { readonly value: unknown } | undefined {
  if (text === '') return { value: undefined }
  try {
    return { value: JSON.parse(text) }
  } catch {
    return undefined
  }
}

interface Outcome {
  readonly answer: Answer | typeof dropped
  readonly code: string | undefined
}

async function carryOut(
  call: ArmCall,
  faulty: { readonly action: string; readonly zone: string | undefined; readonly dryRun: boolean },
  { world, identity }: Pick<ArmOptions, 'world' | 'identity'>,
): Promise<Outcome> {
  try {
    identity.authenticate(call.headers.authorization)
    const route = checkCall(call)
    const refusal = await beforeCommit(world.faults, faulty)
    if (refusal?.kind === 'reset') return { answer: dropped, code: undefined }
    if (refusal !== undefined) throw refused(refusal, route, call, identity)
    checkPlace(call, route, world)
    const answer = route.run(call, world)
    const isLost = await afterCommit(world.faults, faulty)
    return { answer: isLost ? dropped : answer, code: undefined }
  } catch (error) {
    if (!(error instanceof ArmError)) throw error
    return { answer: refusalOf(error), code: error.detail.code }
  }
}

function checkCall({ route, method, target, apiVersion, query, json }: ArmCall): Route {
  if (route === undefined) {
    throw new ArmError({
      status: 501,
      code: 'NotImplemented',
      message: `the sandbox does not answer ${method} ${target.split('?')[0]}`,
    })
  }
  if (!query.has('api-version')) {
    throw badRequest(
      'MissingApiVersionParameter',
      'The api-version query parameter (?api-version=) is required for all requests.',
    )
  }
  if (route.apiVersions.length > 0 && !route.apiVersions.includes(apiVersion)) {
    throw badRequest(
      'InvalidApiVersionParameter',
      `The api-version '${apiVersion}' is invalid. The supported versions are '${route.apiVersions.join(',')}'.`,
    )
  }
  if (json === undefined) {
    throw badRequest(
      'InvalidRequestContent',
      'The request content was invalid and could not be deserialized.',
    )
  }
  return route
}

/** @throws ArmError for a subscription, a group or a service that there is not */
function checkPlace(call: ArmCall, route: Route, world: World): void {
  const { subscriptionId: subscription, resourceGroup } = call.parameters
  if (subscription !== undefined && subscription.toLowerCase() !== subscriptionId) {
    throw new ArmError({
      status: 404,
      code: 'SubscriptionNotFound',
      message: `The subscription '${subscription}' could not be found.`,
    })
  }
  const isWrite = call.method === 'PUT' || call.method === 'PATCH' || call.method === 'POST'
  if (world.subscriptionState === 'Disabled' && isWrite) {
    throw new ArmError({
      status: 409,
      code: 'ReadOnlyDisabledSubscription',
      message:
        `The subscription '${subscriptionId}' is disabled and therefore marked as read only. You cannot perform any ` +
        'write actions on this subscription until it is re-enabled.',
    })
  }
  if (resourceGroup !== undefined && route.needsNoGroup !== true) {
    const group = findGroup(call, world)
    if (isWrite) refuseWhileGoing(group)
  }
  const namespace = /\/providers\/(Microsoft\.(?:Compute|Network))\//i.exec(route.path)?.[1]
  if (isWrite && namespace !== undefined) refuseUnlessRegistered(namespace, world)
}

function refused(
  refusal: Exclude<Refusal, { kind: 'reset' }>,
  { permission }: Route,
  { target }: ArmCall,
  { objectId }: Identity,
): ArmError {
  switch (refusal.kind) {
    case 'throttle':
      return new ArmError({
        status: 429,
        code: 'TooManyRequests',
        message: `Number of requests for subscription '${subscriptionId}' exceeded the limit. Please try again later.`,
        retryAfter: refusal.retryAfter,
      })
    case 'unauthorized':
      return new ArmError({
        status: 403,
        code: 'AuthorizationFailed',
        message:
          `The client '${objectId}' with object id '${objectId}' does not have authorization to perform action ` +
          `'${permission}' over scope '${target.split('?')[0]}' or the scope is invalid. If access was recently ` +
          'granted, please refresh your credentials.',
      })
    case 'error':
      return new ArmError({
        code: refusal.code,
        message: refusal.message,
        status: refusal.status,
      })
  }
}

function refusalOf({ status, detail, retryAfter }: ArmError): Answer {
  return {
    status,
    body: { error: detail },
    headers: {
      ...(retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }),
      ...(status === 401
        ? {
            'www-authenticate':
              'Bearer authorization_uri="https://login.windows.net/", error="invalid_token", ' +
              'error_description="The access token is invalid."',
          }
        : {}),
    },
  }
}

function toReply(
  { status, body, headers }: Answer,
  rate: Readonly<Record<string, string>>,
): CloudReply {
  const id = randomUUID()
  return {
    status,
    type: 'application/json; charset=utf-8',
    body: body === undefined ? '' : JSON.stringify(body),
    headers: {
      'cache-control': 'no-cache',
      'x-ms-request-id': id,
      'x-ms-correlation-request-id': id,
      ...rate,
      ...headers,
    },
  }
}
