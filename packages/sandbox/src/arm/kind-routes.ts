import { z } from 'zod'
import { checkDemands } from './compute/room.ts'
import { type Held, isChild, isVisible, type Kind } from './kind.ts'
import { formatResourceId, isSameId, parentOf, type ResourceId } from './resource-id.ts'
import { type Answer, type Call, inGroup, inSubscription, type Route } from './route.ts'
import { operationHeaders } from './wire/accepted.ts'
import { checkTags, envelope, parseBody } from './wire/body.ts'
import { ArmError, notFound } from './wire/errors.ts'
import { checkPreconditions, newEtag } from './wire/etag.ts'
import { pageOf } from './wire/paging.ts'
import type { World } from './world.ts'

/** The calls that every type of resource has. */
export function routesOf(kind: Kind): readonly Route[] {
  const path = `${inGroup}/providers/${pathOf(kind)}`
  const route = (
    name: string,
    method: Route['method'],
    run: (call: Call, world: World) => Answer,
  ): Route => ({
    action: `${kind.operations}.${name}`,
    method,
    path,
    apiVersions: kind.apiVersions,
    permission: `${kind.type}/${method === 'GET' ? 'read' : method === 'DELETE' ? 'delete' : 'write'}`,
    run,
  })
  const one = [
    route('get', 'GET', (call, world) => get(kind, call, world)),
    route('createOrUpdate', 'PUT', (call, world) => put(kind, call, world)),
    route('delete', 'DELETE', (call, world) => remove(kind, call, world)),
  ]
  const listPath = path.slice(0, path.lastIndexOf('/'))
  const inOne = isChild(kind) || !isListedByGroup(kind) ? 'list' : 'listByResourceGroup'
  const lists: Route[] = [
    { ...route(inOne, 'GET', (call, world) => list(kind, call, world)), path: listPath },
  ]
  if (isChild(kind)) return [...one, ...lists]
  const everywhere = isListedByGroup(kind) ? 'list' : 'listAll'
  return [
    ...one,
    route(patchWord(kind), 'PATCH', (call, world) => updateTags(kind, call, world)),
    ...lists,
    {
      ...route(everywhere, 'GET', (call, world) => list(kind, call, world)),
      path: `${inSubscription}/providers/${kind.type}`,
    },
  ]
}

/** The SDK has other names for the lists of disks. */
function isListedByGroup({ operations }: Kind): boolean {
  return operations === 'disks'
}

/** Only tags can be changed like this here; of machines and disks Azure lets more be. */
function patchWord({ type }: Kind): string {
  return type.startsWith('Microsoft.Network/') ? 'updateTags' : 'update'
}

function pathOf({ type }: Kind): string {
  const [namespace = '', ...types] = type.split('/')
  return [namespace, ...types.flatMap((one, index) => [one, `{name${index}}`])].join('/')
}

function idOf({ type }: Kind, { parameters }: Call): ResourceId {
  const names = type
    .split('/')
    .slice(1)
    .map((_, index) => parameters[`name${index}`])
  return {
    group: parameters.resourceGroup ?? '',
    type,
    names: names.filter((name) => name !== undefined),
  }
}

function get(kind: Kind, call: Call, world: World): Answer {
  const held = findHeld(kind, call, world)
  return {
    status: 200,
    body: held.view(call.query.get('$expand') ?? undefined),
    headers: { etag: held.etag },
  }
}

function findHeld(kind: Kind, call: Call, world: World): Held {
  const id = idOf(kind, call)
  const held = kind.find(id, world)
  if (held !== undefined) return held
  if (isChild(kind)) throw notFound('NotFound', `Resource ${formatResourceId(id)} not found.`)
  throw notFound(
    'ResourceNotFound',
    `The Resource '${kind.type}/${id.names[0]}' under resource group '${id.group}' was not found. For more details ` +
      'please go to https://aka.ms/ARMResourceNotFoundFix',
  )
}

function preconditionsOf({ headers }: Call) {
  const ifNoneMatch = headers['if-none-match']
  return { ifMatch: headers['if-match'], ifNoneMatch }
}

function put(kind: Kind, call: Call, world: World): Answer {
  const id = idOf(kind, call)
  checkName(id)
  checkPreconditions(preconditionsOf(call), kind.find(id, world)?.etag)
  const plan = kind.plan({ id, body: call.body, apiVersion: call.apiVersion }, world)
  if (plan.demand !== undefined) checkDemands([plan.demand], world)
  const { held, isNew, operation } = plan.apply()
  return {
    status: isNew ? 201 : 200,
    body: held.view(),
    headers: { etag: held.etag, ...operationHeaders(operation, call, world, 'status') },
  }
}

/** @throws ArmError for a name that no resource can have */
export function checkName({ names, type }: ResourceId): void {
  const wrong = names.find(
    (name) => !/^[A-Za-z0-9_](?:[A-Za-z0-9_.-]{0,78}[A-Za-z0-9_])?$/.test(name),
  )
  if (wrong === undefined) return
  throw new ArmError({
    code: 'InvalidResourceName',
    message:
      `Resource name ${wrong} of type ${type} is invalid. The name can be up to 80 characters long. It must begin ` +
      "with a word character, and it must end with a word character or with '_'. The name may contain word " +
      "characters or '.', '-', '_'.",
  })
}

function remove(kind: Kind, call: Call, world: World): Answer {
  const held = kind.find(idOf(kind, call), world)
  if (held === undefined) return { status: 204 }
  checkPreconditions(preconditionsOf(call), held.etag)
  const operation = held.remove(call.query)
  return { status: 202, headers: operationHeaders(operation, call, world) }
}

const tagsBody = z.strictObject({ tags: envelope.tags })

function updateTags(kind: Kind, call: Call, world: World): Answer {
  const held = findHeld(kind, call, world)
  const { tags } = parseBody(tagsBody, call.body, kind.type.split('/')[0] ?? '')
  held.resource.tags = checkTags(tags)
  held.resource.etag = newEtag()
  return { status: 200, body: held.view() }
}

function list(kind: Kind, call: Call, world: World): Answer {
  const { query, parameters } = call
  if (query.has('$filter')) {
    throw new ArmError({
      status: 501,
      code: 'NotImplemented',
      message: `the sandbox does not filter lists of ${kind.type}`,
    })
  }
  const isOnlyStatus = query.get('statusonly') === 'true'
  const expand = isOnlyStatus ? 'instanceView' : (query.get('$expand') ?? undefined)
  const parent = isChild(kind) ? existingParent(kind, call, world) : undefined
  const found = kind.list(world).filter(({ resource }) => {
    if (parent !== undefined) return isSameId(resource.id, parent)
    if (!isVisible(resource)) return false
    const { resourceGroup } = parameters
    return (
      resourceGroup === undefined || resource.group.toLowerCase() === resourceGroup.toLowerCase()
    )
  })
  const page = pageOf(found, call, world.pageSize)
  const value = found.filter((held) => page.value.includes(held)).map((held) => held.view(expand))
  return { status: 200, body: { ...page, value } }
}

function existingParent(kind: Kind, call: Call, world: World): string {
  const id = formatResourceId(
    parentOf({ ...idOf(kind, call), names: [...idOf(kind, call).names, ''] }),
  )
  const { networks, securityGroups } = world.account
  if (networks.has(id) || securityGroups.has(id)) return id
  throw notFound(
    'ResourceNotFound',
    `The Resource '${id.split('/providers/')[1]}' under resource group '${call.parameters.resourceGroup}' was not ` +
      'found. For more details please go to https://aka.ms/ARMResourceNotFoundFix',
  )
}
