import type { Tag } from '@aws-sdk/client-ec2'
import {
  type Call,
  isFailure,
  type MachineOrder,
  type Preflight,
  ProvisionError,
} from '@kontena/core'
import type { Cloud } from './clients.ts'
import { expectDryRun } from './dry-run.ts'
import { isAwsError } from './errors.ts'
import { describeIngress, rulesWithout, wantedRules } from './ingress-rules.ts'
import { importKeyPair, type KeyPairPlan, planKeyPair } from './key-pairs.ts'
import { tryLaunch } from './launch.ts'
import type { LaunchPlan } from './launch-plan.ts'
import {
  authorize,
  createGroup,
  findGivenGroups,
  findOwnGroup,
  type GroupPlace,
  groupName,
  type OwnGroup,
} from './security-groups.ts'
import { launchTags } from './tags.ts'

/** Stands for an order that has no id yet. */
const anyOrder = '0'.repeat(26)

/** What an order finds, or has still to make, of a firewall. */
interface FirewallPlan {
  readonly fact: string
  /** Ids that exist; empty where our group is still to be made. */
  readonly groups: readonly string[]
  readonly calls: readonly string[]
  readonly warnings: readonly string[]
}

interface Checked {
  readonly plan: LaunchPlan
  /** Id of the account. */
  readonly account: string
  readonly order: MachineOrder
}

/** Finds all that an order names, and asks for each right it takes by a dry run. */
export async function checkOrder(cloud: Cloud, checked: Checked, call: Call): Promise<Preflight> {
  const { plan, order } = checked
  requireAddresses(checked)
  const tags = launchTags({ owner: order.owner, order: anyOrder, tags: order.tags })
  const [firewall, keyPair] = await Promise.all([
    planFirewall(cloud, checked, call),
    planKeyPair(cloud, plan.options, call),
  ])
  await Promise.all([
    tryKeyPair(cloud, { keyPair, order }, call),
    tryMachines(cloud, { ...checked, firewall, keyPair, tags }, call),
  ])
  return {
    facts: {
      image: `${plan.image.name} (${plan.image.id}, ${plan.type.architecture})`,
      type: describeType(plan),
      disk: `${plan.options.storage} GiB gp3, encrypted`,
      network: `${plan.vpc}, zones ${[...plan.subnets.keys()].join(', ')}`,
      'public address': plan.options.associatePublicIpAddress ? 'yes' : 'no',
      'security group': firewall.fact,
      ...(keyPair === undefined ? {} : { 'key pair': keyPair.name }),
    },
    sharedCalls: [...firewall.calls, ...(keyPair?.missing === undefined ? [] : ['ImportKeyPair'])],
    createCall: 'RunInstances',
    labels: [`type=${plan.type.name}`],
    format: plan.image.format,
    warnings: [...plan.warnings, ...firewall.warnings, ...addressWarnings(plan)],
  }
}

async function planFirewall(
  cloud: Cloud,
  { plan, order }: Checked,
  call: Call,
): Promise<FirewallPlan> {
  const { options, vpc } = plan
  if (options.securityGroups !== undefined) {
    const groups = await findGivenGroups(cloud, { given: options.securityGroups, vpc }, call)
    return { fact: `${groups.join(', ')} (yours, unchanged)`, groups, calls: [], warnings: [] }
  }
  const name = groupName(order.owner)
  const place = { owner: order.owner, vpc }
  const group = (await findOwnGroup(cloud, place, call)) ?? (await tryGroup(cloud, place, call))
  if (group === undefined) {
    const calls = ['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress']
    return { fact: `${name} (new)`, groups: [], calls, warnings: [] }
  }
  const wanted = wantedRules(order.policy, group.id)
  const missing = rulesWithout(wanted, group.rules)
  if (missing.length > 0) {
    await expectDryRun(authorize(cloud, { group: group.id, rules: missing, dryRun: true }, call))
  }
  const wider = rulesWithout(group.rules, wanted).map(describeIngress)
  return {
    fact: `${name} (${group.id})`,
    groups: [group.id],
    calls: missing.length > 0 ? ['AuthorizeSecurityGroupIngress'] : [],
    warnings:
      wider.length === 0
        ? []
        : [`security group ${name} admits more than asked: ${wider.join('; ')}`],
  }
}

/** Undefined where the group is still to be made. Another command may have made it since it was looked for. */
async function tryGroup(
  cloud: Cloud,
  place: GroupPlace,
  call: Call,
): Promise<OwnGroup | undefined> {
  try {
    await expectDryRun(createGroup(cloud, { ...place, dryRun: true }, call))
    return undefined
  } catch (error) {
    if (!isAwsError(error, 'InvalidGroup.Duplicate')) throw error
    return await findOwnGroup(cloud, place, call)
  }
}

async function tryKeyPair(
  cloud: Cloud,
  { keyPair, order }: { keyPair: KeyPairPlan | undefined; order: MachineOrder },
  call: Call,
): Promise<void> {
  if (keyPair?.missing === undefined) return
  const { name, missing: key } = keyPair
  try {
    await expectDryRun(importKeyPair(cloud, { name, key, owner: order.owner, dryRun: true }, call))
  } catch (error) {
    // Another command was quicker; whether it is the same key shows when it is used.
    if (!isAwsError(error, 'InvalidKeyPair.Duplicate')) throw error
  }
}

/** A zone may be short of room now and an order goes on in others, so that is no failure here. */
async function tryMachines(
  cloud: Cloud,
  request: Checked & {
    firewall: FirewallPlan
    keyPair: KeyPairPlan | undefined
    tags: readonly Tag[]
  },
  call: Call,
): Promise<void> {
  const { plan, order, account, firewall, keyPair, tags } = request
  const [zone, { owner = account } = {}] = [...plan.subnets][0] ?? []
  if (zone === undefined) return
  // Without a group of ours a launch takes the VPC's default one, which is its owner's alone to use.
  if (owner !== account && firewall.groups.length === 0) return
  const shared = {
    securityGroups: firewall.groups.length === 0 ? undefined : [...firewall.groups],
    keyPair: keyPair?.missing === undefined ? keyPair?.name : undefined,
  }
  try {
    await expectDryRun(tryLaunch(cloud, { plan, zone, count: order.count, tags, shared }, call))
  } catch (error) {
    if (!isFailure(error, 'NO_CAPACITY')) throw error
  }
}

function requireAddresses({ plan, order }: Checked): void {
  const free = [...plan.subnets.values()].map(({ freeAddresses }) => freeAddresses ?? Infinity)
  const total = free.reduce((sum, count) => sum + count, 0)
  if (total >= order.count) return
  const ids = [...plan.subnets.values()].map(({ id }) => id).join(', ')
  throw new ProvisionError(
    'NO_CAPACITY',
    `${order.count} machines want more than the ${total} free addresses of ${ids}`,
    {
      hint: 'use a larger subnet with --subnet-id, or a smaller --count',
    },
  )
}

function describeType({ type }: LaunchPlan): string {
  const { name, vcpus, memoryMib } = type
  return vcpus === undefined || memoryMib === undefined
    ? name
    : `${name} (${vcpus} vCPU, ${memoryMib / 1024} GiB)`
}

function addressWarnings({ options }: LaunchPlan): string[] {
  return options.associatePublicIpAddress
    ? []
    : ['machines get no public address: they need a NAT gateway to reach packages and the master']
}
