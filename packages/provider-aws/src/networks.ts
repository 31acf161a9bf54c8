import {
  DescribeAvailabilityZonesCommand,
  type DescribeSubnetsCommandInput,
  DescribeVpcsCommand,
  type Subnet as Ec2Subnet,
  paginateDescribeSubnets,
  type Vpc,
} from '@aws-sdk/client-ec2'
import { type Call, hintNearest, ProvisionError, unlessGone } from '@kontena/core'
import type { Cloud } from './clients.ts'
import type { AwsMachineOptions } from './options.ts'

export interface Subnet {
  readonly id: string
  readonly vpc: string
  readonly zone: string
  /** What EC2 takes in this zone where no subnet is named. */
  readonly isDefault: boolean
  /** Account that it belongs to: another one where it is shared. */
  readonly owner: string | undefined
  readonly isOutpost: boolean
  readonly hasIpv4: boolean
  readonly freeAddresses: number | undefined
}

export interface Network {
  readonly vpc: string
  /** By zone, in the order of zone names. Zones without a subnet are absent. */
  readonly subnets: ReadonlyMap<string, Subnet>
  readonly warnings: readonly string[]
}

export type NetworkWish = Pick<AwsMachineOptions, 'vpcId' | 'subnetId' | 'zone'>

/** The network that the options name, else the default VPC; all of it checked to belong together. */
export async function findNetwork(cloud: Cloud, wish: NetworkWish, call: Call): Promise<Network> {
  const zone = wish.zone === undefined ? undefined : await findZone(cloud, wish.zone, call)
  return wish.subnetId === undefined
    ? await networkOfVpc(cloud, { vpcId: wish.vpcId, zone }, call)
    : await networkOfSubnet(cloud, { ...wish, subnetId: wish.subnetId, zone }, call)
}

/** The full name of a zone given by name or letter. */
async function findZone(cloud: Cloud, name: string, call: Call): Promise<string> {
  const region = await cloud.region()
  const question = { action: 'ec2:DescribeAvailabilityZones', about: `zone ${name}`, ...call }
  const { AvailabilityZones: zones = [] } = await cloud.ec2(question, (ec2, options) =>
    ec2.send(new DescribeAvailabilityZonesCommand({}), options),
  )
  const wanted = /^[a-z]$/.test(name) ? `${region}${name}` : name
  const found = zones.find(({ ZoneName }) => ZoneName === wanted)
  if (found === undefined) {
    const known = zones.flatMap(({ ZoneName }) => ZoneName ?? [])
    throw new ProvisionError('NOT_FOUND', `zone ${wanted} does not exist in ${region}`, {
      hint: hintNearest('zone', wanted, known),
    })
  }
  // Impaired and constrained zones may still take machines; a launch tells.
  if (found.State === 'unavailable') {
    throw new ProvisionError('NO_CAPACITY', `zone ${wanted} is ${found.State}`, {
      hint: 'use another --zone',
    })
  }
  return wanted
}

async function networkOfSubnet(
  cloud: Cloud,
  wish: { subnetId: string; vpcId?: string | undefined; zone: string | undefined },
  call: Call,
): Promise<Network> {
  const about = `subnet ${wish.subnetId}`
  const subnet = await subnetById(cloud, wish.subnetId, call)
  if (wish.vpcId !== undefined && wish.vpcId !== subnet.vpc) {
    throw new ProvisionError('BAD_OPTIONS', `${about} is in ${subnet.vpc}, not in ${wish.vpcId}`, {
      hint: 'leave --vpc-id out: the subnet fixes it',
    })
  }
  if (wish.zone !== undefined && wish.zone !== subnet.zone) {
    throw new ProvisionError('BAD_OPTIONS', `${about} is in ${subnet.zone}, not in ${wish.zone}`, {
      hint: 'leave --zone out: the subnet fixes it',
    })
  }
  return { vpc: subnet.vpc, subnets: new Map([[subnet.zone, subnet]]), warnings: [] }
}

async function networkOfVpc(
  cloud: Cloud,
  wish: { vpcId: string | undefined; zone: string | undefined },
  call: Call,
): Promise<Network> {
  const { vpc, warnings } =
    wish.vpcId === undefined
      ? await usualVpc(cloud, call)
      : { vpc: await vpcById(cloud, wish.vpcId, call), warnings: [] }
  const filters = [
    { Name: 'vpc-id', Values: [vpc] },
    { Name: 'state', Values: ['available'] },
    ...(wish.zone === undefined ? [] : [{ Name: 'availability-zone', Values: [wish.zone] }]),
  ]
  const subnets = await listSubnets(
    cloud,
    { Filters: filters },
    { ...call, about: `the subnets of ${vpc}` },
  )
  const region = await cloud.region()
  const usual = subnets.filter((subnet) => isUsual(subnet, { region, zone: wish.zone }))
  const where = wish.zone === undefined ? vpc : `${vpc} in ${wish.zone}`
  return { vpc, ...subnetPerZone(usual, where, warnings) }
}

/**
 * Local and Wavelength zones and Outposts are far from the region and offer other disks and addresses,
 * and a subnet without IPv4 has no public address to give: who wants those names them.
 */
function isUsual(
  { zone, isOutpost, hasIpv4 }: Subnet,
  wish: { region: string; zone: string | undefined },
): boolean {
  const isAvailabilityZone = zone.startsWith(wish.region) && zone.length === wish.region.length + 1
  return hasIpv4 && !isOutpost && (wish.zone === zone || isAvailabilityZone)
}

/** The default VPC, else the only one there is. */
async function usualVpc(
  cloud: Cloud,
  call: Call,
): Promise<{ vpc: string; warnings: readonly string[] }> {
  const vpcs = await listVpcs(cloud, undefined, { ...call, about: 'the default VPC' })
  const preset = vpcs.find(({ IsDefault }) => IsDefault === true)?.VpcId
  if (preset !== undefined) return { vpc: preset, warnings: [] }
  const ids = vpcs.flatMap(({ VpcId }) => VpcId ?? [])
  const [only, another] = ids
  if (only !== undefined && another === undefined) {
    return { vpc: only, warnings: [`there is no default VPC: ${only}, the only one, is used`] }
  }
  throw new ProvisionError('NOT_FOUND', 'this region has no default VPC', {
    hint:
      only === undefined
        ? 'make one with aws ec2 create-default-vpc, or give another --region'
        : `give --subnet-id, or --vpc-id with one of ${ids.join(', ')}`,
  })
}

async function vpcById(cloud: Cloud, id: string, call: Call): Promise<string> {
  const about = `VPC ${id}`
  const found = await unlessGone(() => listVpcs(cloud, id, { ...call, about }))
  if (found !== undefined && found.length > 0) return id
  const known = await listVpcs(cloud, undefined, { ...call, about: 'the VPCs' })
  const ids = known.flatMap(({ VpcId }) => VpcId ?? [])
  throw new ProvisionError('NOT_FOUND', `${about} does not exist in this region`, {
    hint: hintNearest('VPC', id, ids),
  })
}

async function subnetById(cloud: Cloud, id: string, call: Call): Promise<Subnet> {
  const about = `subnet ${id}`
  const found = await unlessGone(() => listSubnets(cloud, { SubnetIds: [id] }, { ...call, about }))
  if (found?.[0] !== undefined) return found[0]
  const known = await listSubnets(cloud, {}, { ...call, about: 'the subnets' })
  const ids = known.map((subnet) => subnet.id)
  throw new ProvisionError('NOT_FOUND', `${about} does not exist in this region`, {
    hint: hintNearest('subnet', id, ids),
  })
}

async function listVpcs(
  cloud: Cloud,
  id: string | undefined,
  question: Call & { about: string },
): Promise<readonly Vpc[]> {
  const input = id === undefined ? {} : { VpcIds: [id] }
  const answer = await cloud.ec2({ action: 'ec2:DescribeVpcs', ...question }, (ec2, options) =>
    ec2.send(new DescribeVpcsCommand(input), options),
  )
  return answer.Vpcs ?? []
}

async function listSubnets(
  cloud: Cloud,
  input: DescribeSubnetsCommandInput,
  { about, ...call }: Call & { about: string },
): Promise<readonly Subnet[]> {
  const question = { action: 'ec2:DescribeSubnets', about, ...call }
  // EC2 takes no page size beside ids.
  const pageSize = input.SubnetIds === undefined ? 1_000 : undefined
  return await cloud.ec2(question, async (client, options) => {
    const found: Subnet[] = []
    for await (const page of paginateDescribeSubnets({ client, pageSize }, input, options)) {
      found.push(...(page.Subnets ?? []).flatMap(readSubnet))
    }
    return found
  })
}

/**
 * A zone's default subnet, else its only one. Which of several is meant cannot be guessed: one may
 * be without a way out.
 */
function subnetPerZone(
  found: readonly Subnet[],
  where: string,
  warnings: readonly string[],
): Pick<Network, 'subnets' | 'warnings'> {
  if (found.length === 0) {
    throw new ProvisionError('NOT_FOUND', `there is no subnet in ${where}`, {
      hint: 'give --subnet-id, or another --zone or --vpc-id',
    })
  }
  const zones = [...new Set(found.map(({ zone }) => zone))].toSorted()
  const subnets = new Map<string, Subnet>()
  for (const zone of zones) {
    const candidates = found.filter((subnet) => subnet.zone === zone)
    const [only, another] = candidates
    const chosen =
      candidates.find(({ isDefault }) => isDefault) ?? (another === undefined ? only : undefined)
    if (chosen !== undefined) subnets.set(zone, chosen)
  }
  if (subnets.size === 0) {
    throw new ProvisionError('BAD_OPTIONS', `there are several subnets in ${where}`, {
      hint: `give --subnet-id with one of ${found.map(({ id }) => id).join(', ')}`,
    })
  }
  const left = zones.filter((zone) => !subnets.has(zone))
  const ambiguous =
    left.length === 0 ? [] : [`left out for having several subnets: ${left.join(', ')}`]
  return { subnets, warnings: [...warnings, ...ambiguous] }
}

function readSubnet(subnet: Ec2Subnet): Subnet[] {
  const { SubnetId: id, VpcId: vpc, AvailabilityZone: zone } = subnet
  if (id === undefined || vpc === undefined || zone === undefined) return []
  return [
    {
      id,
      vpc,
      zone,
      isDefault: subnet.DefaultForAz === true,
      owner: subnet.OwnerId,
      isOutpost: subnet.OutpostArn !== undefined,
      hasIpv4: subnet.Ipv6Native !== true,
      freeAddresses: subnet.AvailableIpAddressCount,
    },
  ]
}
