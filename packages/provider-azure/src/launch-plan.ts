import { type Call, type Owner, ProvisionError } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { findImage, type MachineImage } from './images.ts'
import { requireLocation } from './locations.ts'
import { findGivenNetwork, type NetworkPlan, planOwnNetwork } from './networks.ts'
import type { AzureMachineOptions } from './options.ts'
import { type GroupPlan, planGroup } from './resource-groups.ts'
import { listSizes, requireSize, type Size, zonesOf } from './sizes.ts'

/** As in "SSH User Setup" of "Running Flatcar Container Linux on Microsoft Azure". */
const flatcarUser = 'core'

/** What machines are made of, whoever's they are. */
export interface Hardware {
  readonly options: AzureMachineOptions
  readonly location: string
  readonly size: Size
  readonly image: MachineImage
  /** The administrator, whom SSH keys are for. */
  readonly user: string
  /** Names of the zones where machines can go; never empty. */
  readonly zones: readonly string[]
}

/** What machines are made of and where they go: the same for a whole order. */
export interface LaunchPlan extends Hardware {
  readonly group: GroupPlan
  readonly network: NetworkPlan
}

export async function planHardware(
  cloud: Cloud,
  { options, location }: { options: AzureMachineOptions; location: string },
  call: Call,
): Promise<Hardware> {
  const sizes = await listSizes(cloud, location, call)
  // Azure lists nothing for a place that it does not have, and finds no fault with it.
  if (sizes.length === 0) await requireLocation(cloud, location, call)
  const size = requireSize(sizes, options.size, location)
  const zones = zonesOf(size, location, options.zone)
  if (options.storageType.startsWith('Premium') && !size.hasPremium) {
    throw new ProvisionError('BAD_OPTIONS', `size ${size.name} takes no Premium disks`, {
      hint: 'use --storage-type StandardSSD_LRS, or another --size',
    })
  }
  const image = await findImage(cloud, { location, size, options }, call)
  return { options, location, size, image, zones, user: userOf(options.user, image) }
}

/**
 * Flatcar has its user, whom Ignition gives the keys. Azure's agent would make another one beside it, which
 * the keys of the order were not for.
 */
function userOf(given: string | undefined, image: MachineImage): string {
  if (image.format !== 'ignition') return given ?? 'kontena'
  if (given === undefined || given === flatcarUser) return flatcarUser
  throw new ProvisionError('BAD_OPTIONS', `--user ${given} cannot be the user of Flatcar`, {
    hint: `leave --user out: SSH keys are for ${flatcarUser} there`,
  })
}

/** Looked at anew for each call, as another command may make or remove the grid's own things. */
export async function planLaunch(
  cloud: Cloud,
  { hardware, owner }: { hardware: Hardware; owner: Owner },
  call: Call,
): Promise<LaunchPlan> {
  const { options, location } = hardware
  const [group, given] = await Promise.all([
    planGroup(cloud, { owner, location, given: options.resourceGroup }, call),
    findGivenNetwork(cloud, { options, location }, call),
  ])
  const place = { owner, group: group.name, location }
  const network = given ?? (await planOwnNetwork(cloud, place, call))
  return { ...hardware, group, network }
}
