import type { InstanceViewStatus } from '@azure/arm-compute'
import { type Call, isFailure, type Machine, type MachineQuery, type Owner } from '@kontena/core'
import { all } from './answers.ts'
import type { Cloud } from './clients.ts'
import { deploymentFailures } from './deployments.ts'
import { type GroupView, viewGroup } from './group-view.ts'
import { groupOf, machineId, parseMachineId } from './machine-id.ts'
import { type MachineParts, partsIn } from './machine-parts.ts'
import {
  locationOfParts,
  needsStatus,
  orderOfParts,
  ownerOfParts,
  readMachine,
} from './machines.ts'
import type { Memory } from './memory.ts'
import { sharedName } from './names.ts'
import { isOwnedBy, ownerOf, tagKeys } from './tags.ts'
import { askForUnlisted } from './unlisted.ts'

/** Where a session looks. */
export interface Place {
  readonly cloud: Cloud
  readonly location: string
  readonly memory: Memory
}

/** Milliseconds for which lists may leave out what was just made. */
const listLag = 120_000

/** Six lists per resource group and a grid has one, however many machines there are. */
export async function findMachines(
  place: Place,
  query: MachineQuery,
  call: Call,
): Promise<readonly Machine[]> {
  const { cloud, memory } = place
  const groups =
    'ids' in query ? groupsOfIds(query.ids) : await groupsOfOwner(place, query.owner, call)
  const views = await Promise.all(groups.map((group) => viewGroup(cloud, group, call)))
  const listed = views.flatMap((view) => wantedOf(place, view, query))
  const isNew = (parts: MachineParts) => !isSettled(parts, memory)
  const wanted = await askForUnlisted(place, { machines: listed, isNew }, call)
  for (const parts of wanted) if (parts.vm !== undefined) memory.settled.add(machineId(parts))
  const statuses = wanted.some(needsStatus) ? await machineStatuses(cloud, call) : new Map()
  const reasons = await failureReasons(place, wanted, call)
  return wanted.map((parts) =>
    readMachine(parts, {
      statuses: statuses.get(parts.vm?.id?.toLowerCase() ?? '') ?? [],
      reason: reasons.get(machineId(parts)),
      isSettled: isSettled(parts, memory),
    }),
  )
}

/** Resource groups that hold something of a grid in this location: its own, and those it was given. */
export async function groupsOfOwner(
  { cloud, location, memory }: Place,
  owner: Owner,
  call: Call,
): Promise<readonly string[]> {
  const question = {
    action: 'Microsoft.Resources/subscriptions/resources/read',
    about: `what belongs to grid ${owner.grid}`,
    ...call,
  }
  const filter = `tagName eq '${tagKeys.master}' and tagValue eq '${owner.master}'`
  const tagged = await cloud.groups(question, ({ resources }) => all(resources.list({ filter })))
  // Most resource types have the tags in this list; what has none is found by its group all the same.
  const groups = tagged.flatMap(({ id, tags }) =>
    ownerOf(tags) === undefined || isOwnedBy(tags, owner) ? (groupOf(id) ?? []) : [],
  )
  const names = [sharedName(owner, location), ...memory.groups, ...groups]
  return [...new Map(names.map((name) => [name.toLowerCase(), name])).values()]
}

function groupsOfIds(ids: readonly string[]): string[] {
  return [...new Set(ids.flatMap((id) => parseMachineId(id)?.group ?? []))]
}

function wantedOf(place: Place, view: GroupView, query: MachineQuery): MachineParts[] {
  const parts = [...partsIn(view).values()]
  if ('ids' in query) {
    const ids = new Set(query.ids.map((id) => id.toLowerCase()))
    return parts.filter((one) => ids.has(machineId(one)))
  }
  return parts.filter((one) => {
    const owner = ownerOfParts(one)
    return (
      owner?.master === query.owner.master &&
      owner.grid === query.owner.grid &&
      (query.order === undefined || query.order === orderOfParts(one)) &&
      locationOfParts(one)?.toLowerCase() === place.location
    )
  })
}

/**
 * Instance views by machine id in lower case. One list of the whole subscription, as the lists of a
 * resource group have none and asking machine by machine is throttled (Compute API, `statusOnly`).
 */
async function machineStatuses(
  cloud: Cloud,
  call: Call,
): Promise<ReadonlyMap<string, readonly InstanceViewStatus[]>> {
  const question = {
    action: 'Microsoft.Compute/virtualMachines/read',
    about: 'the states of the machines',
    ...call,
  }
  const machines = await cloud.compute(question, ({ virtualMachines }) =>
    all(virtualMachines.listAll({ statusOnly: 'true' })),
  )
  return new Map(
    machines.map(({ id, instanceView }) => [id?.toLowerCase() ?? '', instanceView?.statuses ?? []]),
  )
}

/** One list per deployment in which machines failed, and once per session. */
async function failureReasons(
  { cloud, memory }: Place,
  wanted: readonly MachineParts[],
  call: Call,
): Promise<ReadonlyMap<string, string>> {
  const reasons = new Map<string, string>()
  for (const { group, name, vm, deployment } of wanted) {
    const hasFailed = vm === undefined || vm.provisioningState === 'Failed'
    if (deployment === undefined || deployment.isActive || deployment.hasSucceeded) continue
    if (!hasFailed) continue
    const key = `${group}/${deployment.name}`.toLowerCase()
    const known =
      memory.failures.get(key) ?? (await askFailures(cloud, { group, name: deployment.name }, call))
    memory.failures.set(key, known)
    const reason = known.get(name)
    if (reason !== undefined) reasons.set(machineId({ group, name }), reason)
  }
  return reasons
}

/** Why a machine failed is told where it can be; that it failed does not hang on it. */
async function askFailures(
  cloud: Cloud,
  deployment: { group: string; name: string },
  call: Call,
): Promise<ReadonlyMap<string, string>> {
  try {
    return await deploymentFailures(cloud, deployment, call)
  } catch (error) {
    if (isFailure(error)) return new Map()
    throw error
  }
}

function isSettled(parts: MachineParts, memory: Memory): boolean {
  if (memory.settled.has(machineId(parts))) return true
  return Date.now() - (parts.deployment?.changedAt ?? 0) > listLag
}
