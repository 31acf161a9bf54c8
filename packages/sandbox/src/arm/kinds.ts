import { disks } from './compute/disks.ts'
import { machines } from './compute/machines.ts'
import type { Kind } from './kind.ts'
import { applicationGroups } from './network/application-groups.ts'
import { interfaces } from './network/interfaces.ts'
import { networks } from './network/networks.ts'
import { publicAddresses } from './network/public-addresses.ts'
import { securityRules } from './network/rules.ts'
import { securityGroups } from './network/security-groups.ts'
import { subnets } from './network/subnets.ts'

/** All types of resources that are here. */
export const kinds: readonly Kind[] = [
  applicationGroups,
  disks,
  interfaces,
  machines,
  networks,
  publicAddresses,
  securityGroups,
  securityRules,
  subnets,
]

export function findKind(type: string): Kind | undefined {
  return kinds.find((kind) => kind.type.toLowerCase() === type.toLowerCase())
}
