import type { Call, MachineOrder, Preflight } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { acceptTerms, describeImage } from './images.ts'
import type { LaunchPlan } from './launch-plan.ts'
import { sharedName } from './names.ts'
import { requireQuota } from './quotas.ts'
import { requireRegistration } from './registration.ts'
import { findSecurityGroup, firewallIds } from './security-groups.ts'
import { describeSecurityRule, missingRules, wantedRules, widerRules } from './security-rules.ts'
import { checkTags } from './tags.ts'

/** What an order finds, or has still to make, of a firewall. */
interface FirewallPlan {
  readonly fact: string
  readonly calls: readonly string[]
  readonly warnings: readonly string[]
}

/** Finds all that an order names and counts it against the quotas; changes nothing. */
export async function checkOrder(
  cloud: Cloud,
  { plan, order }: { plan: LaunchPlan; order: MachineOrder },
  call: Call,
): Promise<Preflight> {
  const { options, size, image, group, network, zones, user } = plan
  checkTags(order.tags)
  const [firewall] = await Promise.all([
    planFirewall(cloud, { plan, order }, call),
    requireRegistration(cloud, call),
    requireQuota(cloud, { hardware: plan, count: order.count }, call),
  ])
  return {
    facts: {
      image: describeImage(image),
      size: `${size.name} (${size.vcpus} vCPU, ${size.memoryGib} GiB, ${size.architecture})`,
      disk: `${options.storage} GiB ${options.storageType}`,
      'resource group': `${group.name}${group.exists ? '' : ' (new)'}`,
      network: `${network.name}/${network.subnet}${network.exists ? '' : ' (new)'}, zones ${zones.join(', ')}`,
      'public address': options.publicIp ? 'yes' : 'no',
      'security group': firewall.fact,
      user,
    },
    sharedCalls: [
      ...(group.exists ? [] : ['resourceGroups.createOrUpdate']),
      ...(network.exists ? openCalls(plan) : ['virtualNetworks.createOrUpdate']),
      ...firewall.calls,
    ],
    createCall: 'deployments.createOrUpdate',
    labels: [`type=${size.name}`],
    format: image.format,
    warnings: [...firewall.warnings, ...termsWarnings(plan), ...outboundWarnings(plan)],
  }
}

async function planFirewall(
  cloud: Cloud,
  { plan, order }: { plan: LaunchPlan; order: MachineOrder },
  call: Call,
): Promise<FirewallPlan> {
  const { group, location } = plan
  const name = sharedName(order.owner, location)
  const fresh = {
    fact: `${name} (new)`,
    calls: ['applicationSecurityGroups.createOrUpdate', 'networkSecurityGroups.createOrUpdate'],
    warnings: [],
  }
  if (!group.exists) return fresh
  const place = { owner: order.owner, group: group.name, location }
  const found = await findSecurityGroup(cloud, place, call)
  if (found === undefined) return fresh
  const { nodes } = await firewallIds(cloud, place, call)
  const wanted = wantedRules(order.policy)
  const existing = found.securityRules ?? []
  const missing = missingRules(wanted, existing, nodes)
  const wider = widerRules(wanted, existing, nodes).map(describeSecurityRule)
  return {
    fact: name,
    calls: missing.map(() => 'securityRules.createOrUpdate'),
    warnings:
      wider.length === 0
        ? []
        : [`network security group ${name} admits more than asked: ${wider.join('; ')}`],
  }
}

/** A closed network of the grid's own is opened for machines without a public address. */
function openCalls({ network, options }: LaunchPlan): string[] {
  const opens = !network.isGiven && !options.publicIp && !network.hasWayOut
  return opens ? ['subnets.createOrUpdate'] : []
}

function termsWarnings({ image }: LaunchPlan): string[] {
  if (image.plan === undefined) return []
  return [
    `image ${describeImage(image)} has terms, which must have been accepted once: ${acceptTerms(image)}`,
  ]
}

function outboundWarnings({ network, options }: LaunchPlan): string[] {
  if (options.publicIp) return []
  if (!network.isGiven) {
    return [
      "machines get no public address: they reach packages and the master by Azure's default outbound access, whose address may change",
    ]
  }
  return network.hasWayOut
    ? []
    : [
        `machines get no public address, and subnet ${network.subnet} of ${network.name} has no way out: they need a NAT gateway to reach packages and the master`,
      ]
}
