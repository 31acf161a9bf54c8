import { type Call, isFailure, type Owner, ProvisionError, tryEach } from '@kontena/core'
import { accepted } from './answers.ts'
import type { Cloud } from './clients.ts'
import { readDeployment } from './deployments.ts'
import { groupsOfOwner, type Place } from './find.ts'
import { type GroupView, viewGroup } from './group-view.ts'
import { isThere, partsIn } from './machine-parts.ts'
import { locationOfParts, ownerOfParts } from './machines.ts'
import { machineOfPart, sharedName } from './names.ts'
import { requestsAtOnce } from './pipeline.ts'
import { deleteGroup, findGroup, listResources, type Resource } from './resource-groups.ts'
import { findSharedThings, isHeldByOthers, type SharedThing } from './shared-things.ts'
import { isOwnedBy } from './tags.ts'
import { unlessMissing } from './unless-missing.ts'

/**
 * The next step towards removing what a grid's machines share here: network, firewall and the group of
 * nodes, the deployments' records, the resource group. Only what carries the grid's tags is touched.
 * Rejects with `BUSY` until Azure is through with all of it.
 */
export async function removeShared(
  place: Place,
  owner: Owner,
  call: Call,
): Promise<readonly string[]> {
  const kept: string[] = []
  for (const group of await groupsOfOwner(place, owner, call)) {
    kept.push(...(await removeFrom(place, { group, owner }, call)))
  }
  return kept
}

interface Scope {
  readonly group: string
  readonly owner: Owner
}

async function removeFrom(place: Place, scope: Scope, call: Call): Promise<readonly string[]> {
  const { cloud, location } = place
  const view = await viewGroup(cloud, scope.group, call)
  requireNoMachines(place, { view, owner: scope.owner })
  const things = await findSharedThings(cloud, { ...scope, location }, call)
  const kept = await removeThings(things, call)
  const group = await findOwnGroup(place, scope, call)
  if (group === undefined) {
    await removeRecords(place, { view, owner: scope.owner }, call)
    return kept
  }
  return [...kept, ...(await removeGroup(place, scope, { isGoing: group.isGoing, kept }, call))]
}

/** Everything of ours that still exists, whatever its state, holds on to what it shares. */
function requireNoMachines(
  { location }: Place,
  { view, owner }: { view: GroupView; owner: Owner },
): void {
  const held = [...partsIn(view).values()].find((parts) => {
    const found = ownerOfParts(parts)
    const isOurs = found?.master === owner.master && found.grid === owner.grid
    const isHere = locationOfParts(parts)?.toLowerCase() === location
    return isOurs && isHere && (isThere(parts) || parts.deployment?.isActive === true)
  })
  if (held !== undefined) throw busy(`machine ${held.name} holds on to what its grid shares`)
}

/** Returns what others hold on to. Rejects with `BUSY` when something is on its way out. */
async function removeThings(
  things: readonly SharedThing[],
  call: Call,
): Promise<readonly string[]> {
  const kept = new Set(things.filter(isHeldByOthers))
  for (const thing of things) if (thing.after && kept.has(thing.after)) kept.add(thing)
  const free = things.filter((thing) => !kept.has(thing))
  const next = free.filter(({ after }) => after === undefined)
  for (const thing of next) if (!thing.isGoing) await thing.remove(call)
  const [first] = next
  if (first !== undefined) throw busy(`Azure is still deleting ${first.about}`)
  for (const thing of free) {
    // Whose it is that uses it, Azure does not tell; nothing of ours does any more.
    const isUsed = !thing.isGoing && (await refusedAsUsed(thing, call))
    if (!isUsed) throw busy(`Azure is still deleting ${thing.about}`)
    kept.add(thing)
  }
  return [...kept].map(({ about }) => about)
}

async function refusedAsUsed(thing: SharedThing, call: Call): Promise<boolean> {
  try {
    await thing.remove(call)
    return false
  } catch (error) {
    if (isFailure(error, 'BUSY')) return true
    throw error
  }
}

/** In a group of the user's own, records of deployments would stay for ever; in ours they go with it. */
async function removeRecords(
  { cloud, location }: Place,
  { view, owner }: { view: GroupView; owner: Owner },
  call: Call,
): Promise<void> {
  const names = view.deployments.flatMap((found) => {
    const deployment = readDeployment(found)
    if (deployment === undefined || deployment.location !== location) return []
    const { master, grid } = deployment.owner
    return master === owner.master && grid === owner.grid ? deployment.name : []
  })
  await tryEach(names, { ...call, atOnce: requestsAtOnce }, (name) =>
    deleteRecord(cloud, { group: view.group, name }, call),
  )
}

async function deleteRecord(
  cloud: Cloud,
  { group, name }: { group: string; name: string },
  call: Call,
): Promise<void> {
  const action = 'Microsoft.Resources/deployments/delete'
  await unlessMissing(
    cloud.deployments({ action, about: `deployment ${name}`, ...call }, ({ deployments }) =>
      accepted(deployments.delete(group, name)),
    ),
  )
}

/** Undefined for a group that we did not make. */
async function findOwnGroup(
  { cloud, location }: Place,
  { group, owner }: Scope,
  call: Call,
): Promise<{ isGoing: boolean } | undefined> {
  if (group.toLowerCase() !== sharedName(owner, location).toLowerCase()) return undefined
  const found = await findGroup(cloud, group, call)
  if (found === undefined || !isOwnedBy(found.tags, owner)) return undefined
  return { isGoing: found.properties?.provisioningState === 'Deleting' }
}

/** Never one that holds anything. */
async function removeGroup(
  { cloud, location }: Place,
  { group, owner }: Scope,
  { isGoing, kept }: { isGoing: boolean; kept: readonly string[] },
  call: Call,
): Promise<readonly string[]> {
  if (!isGoing) {
    const name = sharedName(owner, location)
    const there = await listResources(cloud, group, call)
    const others = there.filter((resource) => !isOurs(resource, { name, owner }))
    const [other] = others
    if (other !== undefined) return [`resource group ${group}, which holds ${other.name}`]
    if (kept.length > 0) return [`resource group ${group}`]
    const [stale] = there
    if (stale !== undefined) throw busy(`resource group ${group} still shows ${stale.name}`)
    await deleteGroup(cloud, group, call)
  }
  throw busy(`Azure is still deleting resource group ${group}`)
}

/** The list of a group's resources lags behind: what we have removed may stand there for a while. */
function isOurs({ name, tags }: Resource, own: { name: string; owner: Owner }): boolean {
  const isNamedSo = name.toLowerCase() === own.name || machineOfPart(name) !== undefined
  return isOwnedBy(tags, own.owner) || isNamedSo
}

function busy(message: string): ProvisionError {
  return new ProvisionError('BUSY', message, { hint: 'repeat the command in a minute' })
}
