import { isOffered } from '../catalog/instance-types.ts'
import { checkId, findOne } from '../ids.ts'
import { defaultVpc, type Region } from '../region.ts'
import type { InstanceType, SecurityGroup, Subnet, Vpc } from '../resources.ts'
import { Ec2Error, invalidCombination, invalidValue } from '../wire/errors.ts'
import type { LaunchInput, NetworkInterfaceInput } from './launch-input.ts'

/** Where an instance goes and who may talk to it. */
export interface NetworkPlan {
  readonly subnet: Subnet
  readonly groups: readonly SecurityGroup[]
  readonly hasPublicAddress: boolean
  readonly description: string
  readonly goesWithInstance: boolean
}

/** Groups on one interface, by default. */
const mostGroups = 5

export function planNetwork(input: LaunchInput, type: InstanceType, region: Region): NetworkPlan {
  const given = givenInterface(input)
  const subnet = chooseSubnet(input, given, { region, type })
  if (!isOffered(type.name, subnet.zone.name)) throw unsupported(type, subnet, region)
  return {
    subnet,
    groups: chooseGroups(input, given, { region, subnet }),
    hasPublicAddress: given?.AssociatePublicIpAddress ?? subnet.givesPublicAddress,
    description: given?.Description ?? '',
    goesWithInstance: given?.DeleteOnTermination ?? true,
  }
}

function givenInterface(input: LaunchInput): NetworkInterfaceInput | undefined {
  const [given, ...more] = input.NetworkInterface
  if (given === undefined) return undefined
  if (more.length > 0) {
    throw new Ec2Error('Unsupported', 'Instances of the sandbox have one network interface')
  }
  if (given.DeviceIndex !== 0)
    throw invalidValue('The primary network interface has device index 0')
  if (input.SubnetId !== undefined) throw bothGiven('subnet ID')
  if (input.SecurityGroup.length + input.SecurityGroupId.length > 0) {
    throw bothGiven('security groups')
  }
  return given
}

function bothGiven(what: string): Ec2Error {
  return invalidCombination(
    `Network interfaces and an instance-level ${what} may not be specified on the same request`,
  )
}

function chooseSubnet(
  input: LaunchInput,
  given: NetworkInterfaceInput | undefined,
  { region, type }: { region: Region; type: InstanceType },
): Subnet {
  const zone = namedZone(input, region)
  const id = given?.SubnetId ?? input.SubnetId
  if (id !== undefined) {
    const subnet = findOne('subnet', id, (one) => region.subnets.get(one))
    if (zone !== undefined && subnet.zone.name !== zone) {
      throw invalidValue(`The availability zone ${zone} does not match that of subnet ${id}`)
    }
    return subnet
  }
  const vpc = defaultVpc(region)
  if (vpc === undefined) {
    throw new Ec2Error(
      'VPCIdNotSpecified',
      'No default VPC for this user. GroupName is only supported for EC2-Classic and default VPC.',
    )
  }
  const subnets = [...region.subnets.values()].filter((subnet) => subnet.vpc === vpc)
  const found =
    zone === undefined
      ? subnets.find((subnet) => isOffered(type.name, subnet.zone.name))
      : subnets.find((subnet) => subnet.zone.name === zone)
  if (found !== undefined) return found
  throw new Ec2Error('MissingInput', `No default subnet for availability zone: '${zone}'.`)
}

function namedZone({ Placement: placement }: LaunchInput, region: Region): string | undefined {
  const { AvailabilityZone: name, AvailabilityZoneId: id } = placement
  if (name === undefined && id === undefined) return undefined
  const zone = region.zones.find((one) => (name === undefined ? one.id === id : one.name === name))
  if (zone === undefined) throw invalidValue(`Invalid availability zone: [${name ?? id}]`)
  return zone.name
}

function chooseGroups(
  input: LaunchInput,
  given: NetworkInterfaceInput | undefined,
  { region, subnet }: { region: Region; subnet: Subnet },
): readonly SecurityGroup[] {
  const { vpc } = subnet
  const byId = (given?.SecurityGroupId ?? input.SecurityGroupId).map((id) =>
    findGroup(region, vpc, id),
  )
  const byName = input.SecurityGroup.map((name) => groupByName(region, vpc, name))
  const groups = [...new Set([...byId, ...byName])]
  if (groups.length > mostGroups) {
    throw new Ec2Error(
      'SecurityGroupsPerInterfaceLimitExceeded',
      `The maximum number of security groups per interface has been reached.`,
    )
  }
  return groups.length > 0 ? groups : [groupByName(region, vpc, 'default')]
}

function findGroup(region: Region, vpc: Vpc, id: string): SecurityGroup {
  checkId('sg', id)
  const group = region.groups.get(id)
  if (group === undefined) throw unknownGroup(id)
  if (group.vpc !== vpc) {
    throw new Ec2Error(
      'InvalidParameter',
      `Security group ${id} and the subnet belong to different networks.`,
    )
  }
  return group
}

function groupByName(region: Region, vpc: Vpc, name: string): SecurityGroup {
  const group = [...region.groups.values()].find((one) => one.vpc === vpc && one.name === name)
  if (group === undefined) throw unknownGroup(name)
  return group
}

function unknownGroup(nameOrId: string): Ec2Error {
  return new Ec2Error('InvalidGroup.NotFound', `The security group '${nameOrId}' does not exist`)
}

function unsupported(type: InstanceType, { zone }: Subnet, region: Region): Ec2Error {
  const others = region.zones
    .filter((one) => isOffered(type.name, one.name))
    .map(({ name }) => name)
  return new Ec2Error(
    'Unsupported',
    `Your requested instance type (${type.name}) is not supported in your requested Availability Zone (${zone.name}). ` +
      `Please retry your request by not specifying an Availability Zone or choosing ${others.join(', ')}.`,
  )
}
