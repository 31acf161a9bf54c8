import { type Call, hintNearest, type Owner, ProvisionError } from '@kontena/core'
import { accepted, all } from './answers.ts'
import type { Cloud } from './clients.ts'
import { sharedName } from './names.ts'
import { isOwnedBy, ownershipTags, type Tags } from './tags.ts'
import { unlessMissing } from './unless-missing.ts'

/** Where machines of an order go, and whether we make it. */
export interface GroupPlan {
  readonly name: string
  /** Named by the user: it has to be there, and is never removed. */
  readonly isGiven: boolean
  readonly exists: boolean
}

/** Throws `NOT_FOUND` for a given group that is not there, `NAME_TAKEN` for a foreign one of our name. */
export async function planGroup(
  cloud: Cloud,
  { owner, location, given }: { owner: Owner; location: string; given: string | undefined },
  call: Call,
): Promise<GroupPlan> {
  const name = given ?? sharedName(owner, location)
  const found = await findGroup(cloud, name, call)
  if (given !== undefined) {
    if (found === undefined) throw await unknownGroup(cloud, given, call)
    return { name: found.name ?? given, isGiven: true, exists: true }
  }
  if (found !== undefined && !isOwnedBy(found.tags, owner)) {
    throw new ProvisionError('NAME_TAKEN', `resource group ${name} is not ours`, {
      hint: 'it lacks the tags of this grid: delete it, or give --resource-group',
    })
  }
  // A group that is on its way out refuses everything, and comes back with the next request.
  if (found?.properties?.provisioningState === 'Deleting') {
    throw new ProvisionError('BUSY', `Azure is still deleting resource group ${name}`, {
      hint: 'repeat the command in a minute',
      retryAfter: 3_000,
    })
  }
  return { name, isGiven: false, exists: found !== undefined }
}

/** Makes the grid's group where it is missing; the same request twice is one group. */
export async function ensureGroup(
  cloud: Cloud,
  { plan, owner, location }: { plan: GroupPlan; owner: Owner; location: string },
  call: Call,
): Promise<void> {
  if (plan.exists) return
  const question = {
    action: 'Microsoft.Resources/subscriptions/resourceGroups/write',
    about: `resource group ${plan.name}`,
    ...call,
  }
  await cloud.groups(question, ({ resourceGroups }) =>
    resourceGroups.createOrUpdate(plan.name, { location, tags: ownershipTags(owner) }),
  )
}

export async function findGroup(cloud: Cloud, name: string, call: Call) {
  const question = {
    action: 'Microsoft.Resources/subscriptions/resourceGroups/read',
    about: `resource group ${name}`,
    ...call,
  }
  return await unlessMissing(
    cloud.groups(question, ({ resourceGroups }) => resourceGroups.get(name)),
  )
}

/** One thing of a group, whatever its type. */
export interface Resource {
  readonly name: string
  readonly type: string
  readonly tags: Tags | undefined
}

/** What is in a group; it may show for a moment what has just gone. */
export async function listResources(
  cloud: Cloud,
  group: string,
  call: Call,
): Promise<readonly Resource[]> {
  const question = {
    action: 'Microsoft.Resources/subscriptions/resourceGroups/resources/read',
    about: `what is in resource group ${group}`,
    ...call,
  }
  const found = await unlessMissing(
    cloud.groups(question, ({ resources }) => all(resources.listByResourceGroup(group))),
  )
  return (found ?? []).map(({ name = '', type = '', tags }) => ({ name, type, tags }))
}

/** ARM goes on with it after its answer; a group that is not there is no error. */
export async function deleteGroup(cloud: Cloud, group: string, call: Call): Promise<void> {
  const question = {
    action: 'Microsoft.Resources/subscriptions/resourceGroups/delete',
    about: `resource group ${group}`,
    ...call,
  }
  await unlessMissing(
    cloud.groups(question, ({ resourceGroups }) => accepted(resourceGroups.delete(group))),
  )
}

async function unknownGroup(cloud: Cloud, name: string, call: Call): Promise<ProvisionError> {
  const question = {
    action: 'Microsoft.Resources/subscriptions/resourceGroups/read',
    about: 'the resource groups',
    ...call,
  }
  const groups = await cloud.groups(question, ({ resourceGroups }) => all(resourceGroups.list()))
  const names = groups.flatMap((group) => group.name ?? [])
  return new ProvisionError('NOT_FOUND', `resource group ${name} does not exist`, {
    hint: hintNearest('resource group', name, names),
  })
}
