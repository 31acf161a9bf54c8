import { type Call, type MachineOrder, type Preflight, ProvisionError } from '@kontena/core'
import { type AccountFacts, findAccount, requireReady } from './account.ts'
import type { Cloud } from './clients.ts'
import { countDroplets } from './droplets.ts'
import { images, requireImage } from './images.ts'
import type { DigitalOceanMachineOptions } from './options.ts'
import { listRegions, requireRegion } from './regions.ts'
import { describePrice, describeSize, listSizes, requireSize, type Size } from './sizes.ts'
import { type KeyPlan, planKeys } from './ssh-keys.ts'
import { userTags } from './tags.ts'
import { planVpc, type VpcPlan } from './vpcs.ts'

export interface Check {
  readonly options: DigitalOceanMachineOptions
  readonly order: MachineOrder
}

/** Finds all that an order names. DigitalOcean has no dry runs: rights to change things show when used. */
export async function checkOrder(
  cloud: Cloud,
  { options, order }: Check,
  call: Call,
): Promise<Preflight> {
  userTags(order.tags)
  // First of all, as its failures tell what is wrong with the token.
  const account = await findAccount(cloud, call)
  requireReady(account)
  const { region } = account
  const [regions, sizes] = await Promise.all([listRegions(cloud, call), listSizes(cloud, call)])
  requireRegion(regions, region)
  const size = requireSize(sizes, options.size, region)
  const { owner, sshKeys } = order
  const [image, machines, vpc, keys] = await Promise.all([
    requireImage(cloud, { family: options.image, region, size }, call),
    countDroplets(cloud, call),
    planVpc(cloud, { owner, region, given: options.vpc }, call),
    planKeys(cloud, { owner, region, given: options.accountKey, sshKeys }, call),
  ])
  requireQuota(account, { machines, wanted: order.count })
  return {
    facts: {
      image: `${images[options.image].title} (${image})`,
      size: `${size.slug} (${describeSize(size)})`,
      price: describeCost(size, order.count),
      network: describeVpc(vpc),
      'ssh key': describeKeys(keys, order),
      firewall: 'on each machine; a cloud firewall would drop ESP',
      ...describeExtras(options),
    },
    sharedCalls: [
      ...vpc.missing.map((name) => `POST /v2/vpcs ${name}`),
      ...(keys.missing === undefined ? [] : ['POST /v2/account/keys']),
    ],
    createCall: 'POST /v2/droplets',
    labels: [`type=${size.slug}`],
    warnings: [...accountWarnings(account), ...vpcWarnings(vpc)],
  }
}

function requireQuota(
  { dropletLimit }: AccountFacts,
  { machines, wanted }: { machines: number; wanted: number },
): void {
  if (dropletLimit === undefined || machines + wanted <= dropletLimit) return
  throw new ProvisionError(
    'QUOTA_EXCEEDED',
    `the account may have ${dropletLimit} droplets and has ${machines}, so not ${wanted} more`,
    { hint: 'ask for a higher limit in the control panel under Settings, or lower --count' },
  )
}

function describeCost(size: Size, count: number): string {
  const each = describePrice(size)
  return count === 1 ? each : `${each} each; ${describePrice(size, count)} for ${count}`
}

function describeVpc({ name, found }: VpcPlan): string {
  return found === undefined ? `VPC ${name} (new)` : `VPC ${name} (${found.ip_range})`
}

function describeKeys({ found, missing, isOwn }: KeyPlan, { sshKeys }: MachineOrder): string {
  const names = found.map(({ name }) => name)
  if (!isOwn) return names.join(', ')
  const stand = `one that opens nothing${missing === undefined ? '' : ' (new)'}`
  return sshKeys.length === 0
    ? `${stand}: nobody can log in without --ssh-key`
    : `those of --ssh-key by the bootstrap, and ${stand}`
}

function describeExtras(options: DigitalOceanMachineOptions): Record<string, string> {
  const names = { ipv6: 'IPv6', monitoring: 'monitoring', dropletAgent: 'web console' } as const
  const wanted = [
    ...(options.ipv6 ? [names.ipv6] : []),
    ...(options.monitoring ? [names.monitoring] : []),
    ...(options.dropletAgent ? [names.dropletAgent] : []),
    ...(options.backups ? ['backups, whose charge comes on top'] : []),
  ]
  return wanted.length === 0 ? {} : { extras: wanted.join(', ') }
}

function accountWarnings({ isWarned }: AccountFacts): string[] {
  return isWarned ? ['DigitalOcean has a warning for this account: see the control panel'] : []
}

function vpcWarnings({ name, isForeign, missing }: VpcPlan): string[] {
  if (isForeign) {
    return [`all machines in VPC ${name}, not only the grid's, reach the overlay's ports`]
  }
  const [first] = missing
  return missing.length < 2
    ? []
    : [`VPC ${first} is made too and stays, as a region's first one is its default for good`]
}
