import type { CallContext } from '../action.ts'
import { isOffered } from '../catalog/instance-types.ts'
import { usableAddresses } from '../networks/addresses.ts'
import type { Instance, InstanceType } from '../resources.ts'
import { Ec2Error } from '../wire/errors.ts'
import type { LaunchPlan } from './launch-plan.ts'

/**
 * How many of the wanted instances there is room for: at least the minimum, at most the maximum.
 *
 * @throws Ec2Error for what runs out first: quota, addresses or machines
 */
export function countThatFits(plan: LaunchPlan, context: CallContext): number {
  const { MinCount: least, MaxCount: most } = plan.input
  const room = [roomInQuota(plan, context), roomInSubnet(plan), roomInZone(plan, context)]
  for (const { free, refusal } of room) if (free < least) throw refusal
  return Math.min(most, ...room.map(({ free }) => free))
}

interface Room {
  readonly free: number
  readonly refusal: Ec2Error
}

function roomInQuota({ type }: LaunchPlan, { region, world }: CallContext): Room {
  const used = live(region.instances.values()).reduce((sum, one) => sum + one.type.virtualCpus, 0)
  return {
    free: Math.floor((world.vcpuLimit - used) / type.virtualCpus),
    refusal: new Ec2Error(
      'VcpuLimitExceeded',
      `You have requested more vCPU capacity than your current vCPU limit of ${world.vcpuLimit} allows for the ` +
        'instance bucket that the specified instance type belongs to. Please visit ' +
        'http://aws.amazon.com/contact-us/ec2-request to request an adjustment to this limit.',
    ),
  }
}

function roomInSubnet({ network: { subnet } }: LaunchPlan): Room {
  return {
    free: usableAddresses(subnet.cidr) - subnet.taken.size,
    refusal: new Ec2Error(
      'InsufficientFreeAddressesInSubnet',
      `There are not enough free addresses in subnet '${subnet.id}' to satisfy the requested number of instances.`,
    ),
  }
}

function roomInZone(plan: LaunchPlan, { region, world }: CallContext): Room {
  const { type, network } = plan
  const zone = network.subnet.zone.name
  const here = live(region.instances.values()).filter((one) => one.zone.name === zone)
  const roomBy = (limit: { type?: string | undefined; after: number }) =>
    limit.after -
    here.filter((one) => limit.type === undefined || limit.type === one.type.name).length
  const fault = world.faults.take(
    'no-capacity',
    { zone },
    (limit) =>
      (limit.type === undefined || limit.type === type.name) && roomBy(limit) < plan.input.MaxCount,
  )
  return {
    free: fault === undefined ? Number.POSITIVE_INFINITY : roomBy(fault),
    refusal: insufficientCapacity(
      type,
      zone,
      region.zones.map(({ name }) => name),
    ),
  }
}

/** EC2 says this with a status that SDKs take for an error worth repeating. */
function insufficientCapacity(
  type: InstanceType,
  zone: string,
  zones: readonly string[],
): Ec2Error {
  const others = zones.filter((one) => one !== zone && isOffered(type.name, one))
  return new Ec2Error(
    'InsufficientInstanceCapacity',
    `We currently do not have sufficient ${type.name} capacity in the Availability Zone you requested (${zone}). ` +
      'Our system will be working on provisioning additional capacity. You can currently get ' +
      `${type.name} capacity by not specifying an Availability Zone in your request or choosing ${others.join(', ')}.`,
    500,
  )
}

function live(instances: Iterable<Instance>): readonly Instance[] {
  return [...instances].filter(({ state }) => state === 'pending' || state === 'running')
}
