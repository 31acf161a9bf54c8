import { resourceLocation } from './catalog/locations.ts'
import type { PutRequest } from './kind.ts'
import type { Operation } from './operations.ts'
import { formatResourceId, nameOf } from './resource-id.ts'
import type { Json, Resource, Tags } from './resources.ts'
import { conflict } from './wire/errors.ts'
import { newEtag } from './wire/etag.ts'
import { pace, type World } from './world.ts'

interface Basics {
  readonly location: string
  readonly tags: Tags
  readonly zones?: readonly string[]
  /** Milliseconds for which lists do not show it. */
  readonly hiddenFor?: number
}

/** What a resource that was just made has in common with all others. */
export function newResource({ id }: PutRequest, basics: Basics): Resource {
  const createdAt = new Date()
  return {
    id: formatResourceId(id),
    type: id.type,
    name: nameOf(id),
    group: id.group,
    location: basics.location,
    zones: basics.zones ?? [],
    tags: basics.tags,
    state: 'Creating',
    etag: newEtag(),
    createdAt,
    visibleFrom: createdAt.getTime() + (basics.hiddenFor ?? 0),
    operation: undefined,
  }
}

/** The part of a reply that all resources share. */
export function envelopeOf(resource: Resource): Json {
  return {
    id: resource.id,
    name: resource.name,
    type: resource.type,
    location: resource.location,
    tags: resource.tags,
    ...(resource.zones.length === 0 ? {} : { zones: resource.zones }),
  }
}

/** @throws ArmError for a resource that is elsewhere already */
export function checkLocation(
  text: string | undefined,
  { id }: PutRequest,
  existing: Resource | undefined,
) {
  const location = resourceLocation(text, id.type)
  if (existing === undefined || existing.location === location.name) return location
  throw conflict(
    'InvalidResourceLocation',
    `The resource '${nameOf(id)}' already exists in location '${existing.location}' in resource group '${id.group}'. ` +
      `A resource with the same name cannot be created in location '${location.name}'. Please select a new resource name.`,
  )
}

/** Marks a resource as changing, and as settled when its time has come. */
export function settle(
  resource: Resource,
  change: { readonly state: 'Creating' | 'Updating'; readonly after: number },
  world: World,
): Operation {
  const operation = startOperation(resource, world)
  resource.state = change.state
  resource.etag = newEtag()
  world.schedule.after(world.bootTime * change.after, () => {
    if (resource.operation !== operation) return
    resource.state = 'Succeeded'
    operation.end('Succeeded')
  })
  return operation
}

/** A new operation takes the place of the one before, which is told so. */
export function startOperation(resource: Resource, world: World): Operation {
  resource.operation?.end('Canceled', {
    code: 'OperationPreempted',
    message: 'Operation execution has been preempted by a more recent operation.',
  })
  const operation = world.operations.start({
    namespace: resource.type.split('/')[0] ?? '',
    location: resource.location,
  })
  resource.operation = operation
  return operation
}

/** Takes a resource away a moment later. A second call waits for the first. */
export function removeLater(resource: Resource, world: World, remove: () => void): Operation {
  if (resource.state === 'Deleting' && resource.operation !== undefined) return resource.operation
  const operation = startOperation(resource, world)
  resource.state = 'Deleting'
  world.schedule.after(world.bootTime * pace.network, () => {
    remove()
    operation.end('Succeeded')
  })
  return operation
}

/** @throws ArmError for a resource that is on its way out */
export function refuseWhileGoing(resource: Resource | undefined): void {
  if (resource?.state === 'Deleting') refuseWhileBusy(resource)
}

/** @throws ArmError while an earlier change of the resource is not through */
export function refuseWhileBusy(resource: Resource): void {
  if (resource.operation === undefined || resource.operation.status !== 'InProgress') return
  throw conflict(
    'AnotherOperationInProgress',
    'Another operation on this or dependent resource is in progress. To retrieve status of the operation use uri: ' +
      `/operations/${resource.operation.id}.`,
  )
}
