import type { NetworkSecurityGroup, SecurityRule } from '@azure/arm-network'
import { type Call, type NetworkPolicy, type Owner, ProvisionError } from '@kontena/core'
import { accepted } from './answers.ts'
import type { Cloud } from './clients.ts'
import { isAzureError } from './errors.ts'
import { sharedName } from './names.ts'
import { notYet } from './provisioning.ts'
import { missingRules, placeRules, wantedRules } from './security-rules.ts'
import { isOwnedBy, ownershipTags } from './tags.ts'
import { unlessMissing } from './unless-missing.ts'

/** Where a grid's own firewall is, or would be. */
export interface FirewallPlace {
  readonly owner: Owner
  readonly group: string
  readonly location: string
}

/** Ids of a grid's firewall, also where it is still to be made. */
export interface FirewallIds {
  readonly securityGroup: string
  /** The application security group that its nodes are in. */
  readonly nodes: string
}

export async function firewallIds(
  cloud: Cloud,
  { owner, group, location }: FirewallPlace,
  call: Call,
): Promise<FirewallIds> {
  const name = sharedName(owner, location)
  const subscription = await cloud.subscription(call)
  const scope = `/subscriptions/${subscription}/resourceGroups/${group}/providers/Microsoft.Network`
  return {
    securityGroup: `${scope}/networkSecurityGroups/${name}`,
    nodes: `${scope}/applicationSecurityGroups/${name}`,
  }
}

/** Undefined where there is none. One of that name without our tags is somebody else's. */
export async function findSecurityGroup(
  cloud: Cloud,
  { owner, group, location }: FirewallPlace,
  call: Call,
): Promise<NetworkSecurityGroup | undefined> {
  const name = sharedName(owner, location)
  const about = `network security group ${name}`
  const question = { action: 'Microsoft.Network/networkSecurityGroups/read', about, ...call }
  const found = await unlessMissing(
    cloud.network(question, ({ networkSecurityGroups }) => networkSecurityGroups.get(group, name)),
  )
  requireOwn(found, about, owner)
  return found
}

/** Makes the group that stands for the grid's nodes. Resolves to whether rules can refer to it by now. */
export async function ensureNodeGroup(
  cloud: Cloud,
  { owner, group, location }: FirewallPlace,
  call: Call,
): Promise<boolean> {
  const name = sharedName(owner, location)
  const about = `application security group ${name}`
  const found = await unlessMissing(
    cloud.network(
      { action: 'Microsoft.Network/applicationSecurityGroups/read', about, ...call },
      ({ applicationSecurityGroups }) => applicationSecurityGroups.get(group, name),
    ),
  )
  requireOwn(found, about, owner)
  if (found !== undefined) return found.provisioningState === 'Succeeded'
  const question = { action: 'Microsoft.Network/applicationSecurityGroups/write', about, ...call }
  await cloud.network(question, ({ applicationSecurityGroups }) =>
    accepted(
      applicationSecurityGroups.createOrUpdate(group, name, {
        location,
        tags: ownershipTags(owner),
      }),
    ),
  )
  return false
}

/**
 * Makes the firewall where it is missing, and adds the rules it lacks, each as a resource of its own, so
 * that two commands at once lose none of each other's; takes no rule away. Rejects with `BUSY` until
 * Azure is through with it.
 */
export async function ensureSecurityGroup(
  cloud: Cloud,
  { place, policy }: { place: FirewallPlace; policy: NetworkPolicy },
  call: Call,
): Promise<void> {
  const about = `network security group ${sharedName(place.owner, place.location)}`
  const { nodes } = await firewallIds(cloud, place, call)
  const wanted = wantedRules(policy)
  const found = await findSecurityGroup(cloud, place, call)
  if (found === undefined) {
    await createSecurityGroup(cloud, { place, rules: placeRules(wanted, [], nodes) }, call)
    throw notYet(about)
  }
  const existing = found.securityRules ?? []
  const missing = placeRules(missingRules(wanted, existing, nodes), existing, nodes)
  for (const rule of missing) await addRule(cloud, { place, rule }, call)
  if (missing.length > 0 || found.provisioningState !== 'Succeeded') throw notYet(about)
}

async function createSecurityGroup(
  cloud: Cloud,
  { place, rules }: { place: FirewallPlace; rules: SecurityRule[] },
  call: Call,
): Promise<void> {
  const { owner, group, location } = place
  const name = sharedName(owner, location)
  const question = {
    action: 'Microsoft.Network/networkSecurityGroups/write',
    about: `network security group ${name}`,
    ...call,
  }
  const body = { location, tags: ownershipTags(owner), securityRules: rules }
  try {
    await cloud.network(question, ({ networkSecurityGroups }) =>
      accepted(
        networkSecurityGroups.createOrUpdate(group, name, body, {
          requestOptions: { headers: { 'if-none-match': '*' } },
        }),
      ),
    )
  } catch (error) {
    // Another command has made it meanwhile; its rules are looked at next.
    if (!isAzureError(error, 'PreconditionFailed')) throw error
  }
}

async function addRule(
  cloud: Cloud,
  { place, rule }: { place: FirewallPlace; rule: SecurityRule },
  call: Call,
): Promise<void> {
  const { owner, group, location } = place
  const question = {
    action: 'Microsoft.Network/networkSecurityGroups/securityRules/write',
    about: `rule ${rule.name} of network security group ${sharedName(owner, location)}`,
    ...call,
  }
  await cloud.network(question, ({ securityRules }) =>
    accepted(
      securityRules.createOrUpdate(group, sharedName(owner, location), rule.name ?? '', rule),
    ),
  )
}

function requireOwn(
  found: { tags?: Record<string, string> } | undefined,
  about: string,
  owner: Owner,
): void {
  if (found === undefined || isOwnedBy(found.tags, owner)) return
  throw new ProvisionError('NAME_TAKEN', `${about} is not ours`, {
    hint: 'it lacks the tags of this grid: delete it, or give another --resource-group',
  })
}
