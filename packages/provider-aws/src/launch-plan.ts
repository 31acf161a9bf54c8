import { type Call, ProvisionError } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { findImage, type MachineImage } from './images.ts'
import { describeInstanceType, type InstanceType, zonesOffering } from './instance-types.ts'
import { findNetwork, type Subnet } from './networks.ts'
import type { AwsMachineOptions } from './options.ts'

/** What machines are made of and where they can go: looked up once, the same for a whole order. */
export interface LaunchPlan {
  readonly options: AwsMachineOptions
  readonly type: InstanceType
  readonly image: MachineImage
  readonly vpc: string
  /** By zone; only zones that have a subnet and offer the type. Never empty. */
  readonly subnets: ReadonlyMap<string, Subnet>
  readonly warnings: readonly string[]
}

export async function planLaunch(
  cloud: Cloud,
  options: AwsMachineOptions,
  call: Call,
): Promise<LaunchPlan> {
  const [{ type, image, offered }, network] = await Promise.all([
    findTypeAndImage(cloud, options, call),
    findNetwork(cloud, options, call),
  ])
  const subnets = new Map([...network.subnets].filter(([zone]) => offered.has(zone)))
  if (subnets.size === 0) {
    const zones = [...network.subnets.keys()].join(', ')
    throw new ProvisionError(
      'BAD_OPTIONS',
      `instance type ${type.name} is not offered in ${zones}`,
      {
        hint:
          offered.size === 0
            ? 'this region does not offer it; use another --type'
            : `it is in ${[...offered].toSorted().join(', ')}; use another --zone, --subnet-id or --type`,
      },
    )
  }
  return { options, type, image, vpc: network.vpc, subnets, warnings: network.warnings }
}

async function findTypeAndImage(
  cloud: Cloud,
  options: AwsMachineOptions,
  call: Call,
): Promise<{ type: InstanceType; image: MachineImage; offered: ReadonlySet<string> }> {
  const [type, offered] = await Promise.all([
    describeInstanceType(cloud, options.type, call),
    zonesOffering(cloud, options.type, call),
  ])
  const wish = { ami: options.ami, family: options.image, architecture: type.architecture }
  const image = await findImage(cloud, wish, call)
  if (options.storage < image.size) {
    throw new ProvisionError(
      'BAD_OPTIONS',
      `--storage ${options.storage} is less than the ${image.size} GiB of image ${image.id}`,
      { hint: `use --storage ${image.size} or more` },
    )
  }
  return { type, image, offered }
}
