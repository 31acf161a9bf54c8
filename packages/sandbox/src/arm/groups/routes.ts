import { z } from 'zod'
import { resourceVersions } from '../api-versions.ts'
import { findLocation, locations } from '../catalog/locations.ts'
import { formatGroupId } from '../resource-id.ts'
import type { ResourceGroup } from '../resources.ts'
import { type Answer, type Call, inGroup, inSubscription, type Route } from '../route.ts'
import { operationHeaders } from '../wire/accepted.ts'
import { checkTags, parseBody, readOnly } from '../wire/body.ts'
import { badRequest, conflict, notFound } from '../wire/errors.ts'
import { pageOf } from '../wire/paging.ts'
import type { World } from '../world.ts'
import { parseFilter } from './filter.ts'
import { removeGroup } from './remove.ts'

const tags = z.record(z.string(), z.string()).nullish()
const body = z.strictObject({
  id: readOnly,
  name: readOnly,
  type: readOnly,
  location: z.string().optional(),
  managedBy: z.string().optional(),
  tags,
  properties: readOnly,
})

const shared = { apiVersions: resourceVersions, needsNoGroup: true }
const type = 'Microsoft.Resources/subscriptions/resourceGroups'

export const groupRoutes: readonly Route[] = [
  {
    ...shared,
    action: 'resourceGroups.createOrUpdate',
    method: 'PUT',
    path: inGroup,
    permission: `${type}/write`,
    run: put,
  },
  {
    ...shared,
    action: 'resourceGroups.get',
    method: 'GET',
    path: inGroup,
    permission: `${type}/read`,
    run: (call, world) => ({ status: 200, body: view(findGroup(call, world)) }),
  },
  {
    ...shared,
    action: 'resourceGroups.checkExistence',
    method: 'HEAD',
    path: inGroup,
    permission: `${type}/read`,
    run: ({ parameters }, world) => ({
      status: world.account.groups.has(parameters.resourceGroup ?? '') ? 204 : 404,
    }),
  },
  {
    ...shared,
    action: 'resourceGroups.update',
    method: 'PATCH',
    path: inGroup,
    permission: `${type}/write`,
    run: patch,
  },
  {
    ...shared,
    action: 'resourceGroups.delete',
    method: 'DELETE',
    path: inGroup,
    permission: `${type}/delete`,
    run: remove,
  },
  {
    ...shared,
    action: 'resourceGroups.list',
    method: 'GET',
    path: `${inSubscription}/resourceGroups`,
    permission: `${type}/read`,
    run: list,
  },
]

/** @throws ArmError */
export function findGroup({ parameters }: Call, { account }: World): ResourceGroup {
  const name = parameters.resourceGroup ?? ''
  const group = account.groups.get(name)
  if (group !== undefined) return group
  throw notFound('ResourceGroupNotFound', `Resource group '${name}' could not be found.`)
}

function put(call: Call, { account }: World): Answer {
  const name = call.parameters.resourceGroup ?? ''
  const input = parseBody(body, call.body, 'Microsoft.Resources')
  if (!/^[-\w._()]{1,90}$/.test(name) || name.endsWith('.')) {
    throw badRequest(
      'InvalidResourceGroup',
      `The provided resource group name '${name}' is invalid.`,
    )
  }
  if (input.location === undefined) {
    throw badRequest('LocationRequired', 'The location property is required for this definition.')
  }
  const location = findLocation(input.location)
  if (location === undefined) {
    throw badRequest(
      'LocationNotAvailableForResourceGroup',
      `The provided location '${input.location}' is not available for resource group. List of available regions is ` +
        `'${locations.map((one) => one.name).join(',')}'.`,
    )
  }
  const existing = account.groups.get(name)
  if (existing !== undefined && existing.location !== location.name) {
    throw conflict(
      'InvalidResourceGroupLocation',
      `Invalid resource group location '${location.name}'. The Resource group already exists in location ` +
        `'${existing.location}'.`,
    )
  }
  refuseWhileGoing(existing)
  const group: ResourceGroup = existing ?? {
    id: formatGroupId(name),
    name,
    location: location.name,
    tags: {},
    isGoing: false,
  }
  group.tags = checkTags(input.tags)
  account.groups.set(name, group)
  return { status: existing === undefined ? 201 : 200, body: view(group) }
}

/** @throws ArmError for a group that is being deleted */
export function refuseWhileGoing(group: ResourceGroup | undefined): void {
  if (group?.isGoing !== true) return
  throw conflict(
    'ResourceGroupBeingDeleted',
    `The resource group '${group.name}' is in deprovisioning state and cannot perform this operation.`,
  )
}

function patch(call: Call, world: World): Answer {
  const group = findGroup(call, world)
  const input = parseBody(
    z.strictObject({ tags, name: readOnly, properties: readOnly }),
    call.body,
    '',
  )
  if (input.tags !== undefined) group.tags = checkTags(input.tags)
  return { status: 200, body: view(group) }
}

/** Its status has no address of its own: callers follow `Location` until it answers something else than 202. */
function remove(call: Call, world: World): Answer {
  const operation = removeGroup(findGroup(call, world), world)
  const { location = '', 'retry-after': retryAfter = '0' } = operationHeaders(
    operation,
    call,
    world,
  )
  return { status: 202, headers: { location, 'retry-after': retryAfter } }
}

function list(call: Call, world: World): Answer {
  const filter = parseFilter(call.query.get('$filter'), ['tagName', 'tagValue'])
  const found = world.account.groups.values().filter((group) => filter.fitsTags(group.tags))
  return { status: 200, body: pageOf(found.map(view), call, world.pageSize) }
}

function view({ id, name, location, tags: all, isGoing }: ResourceGroup) {
  return {
    id,
    name,
    type: 'Microsoft.Resources/resourceGroups',
    location,
    tags: all,
    properties: { provisioningState: isGoing ? 'Deleting' : 'Succeeded' },
  }
}
