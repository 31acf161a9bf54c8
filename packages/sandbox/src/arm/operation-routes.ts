import type { Operation } from './operations.ts'
import { type Answer, type Call, inSubscription, type Route } from './route.ts'
import { retryAfter } from './wire/accepted.ts'
import { notFound } from './wire/errors.ts'
import type { World } from './world.ts'

const place = `${inSubscription}/providers/{namespace}/locations/{location}`
const permission = 'Microsoft.Resources/operations/read'

/** How long-running operations go: in words, and as what the call itself would have answered. */
export const operationRoutes: readonly Route[] = [
  {
    action: 'operations.get',
    method: 'GET',
    path: `${place}/operations/{operationId}`,
    apiVersions: [],
    permission,
    run: (call, world) => ({
      status: 200,
      body: viewOperation(operationOf(call, world)),
      ...(operationOf(call, world).status === 'InProgress' ? { headers: retryAfter(world) } : {}),
    }),
  },
  {
    action: 'operations.getResult',
    method: 'GET',
    path: `${place}/operationResults/{operationId}`,
    apiVersions: [],
    permission,
    run: (call, world) => resultOf(operationOf(call, world), call, world),
  },
]

export function viewOperation(operation: Operation) {
  const { id, status, startedAt, endedAt, error } = operation
  return {
    name: id,
    status,
    startTime: startedAt.toISOString(),
    ...(endedAt === undefined ? {} : { endTime: endedAt.toISOString() }),
    ...(error === undefined ? {} : { error }),
  }
}

function operationOf({ parameters }: Call, world: World): Operation {
  const id = parameters.operationId ?? ''
  const operation = world.operations.get(id)
  if (operation !== undefined) return operation
  throw notFound('NotFound', `The entity was not found in this Azure location: ${id}.`)
}

function resultOf(operation: Operation, { url, target }: Call, world: World): Answer {
  if (operation.status === 'InProgress') {
    return { status: 202, headers: { location: new URL(target, url).href, ...retryAfter(world) } }
  }
  if (operation.error === undefined) return { status: 200 }
  return { status: 409, body: { error: operation.error } }
}
