import type { Deployment } from './deployments/deployment.ts'
import { type NamedMap, openNamedMap } from './named-map.ts'
import type {
  ApplicationGroup,
  Disk,
  NetworkInterface,
  PublicAddress,
  ResourceGroup,
  SecurityGroup,
  VirtualMachine,
  VirtualNetwork,
} from './resources.ts'

export type Registration = 'Registered' | 'Registering' | 'NotRegistered'

/** Everything in the subscription: groups by name, all else by id. */
export interface Account {
  readonly groups: NamedMap<ResourceGroup>
  readonly networks: NamedMap<VirtualNetwork>
  readonly securityGroups: NamedMap<SecurityGroup>
  readonly applicationGroups: NamedMap<ApplicationGroup>
  readonly addresses: NamedMap<PublicAddress>
  readonly interfaces: NamedMap<NetworkInterface>
  readonly disks: NamedMap<Disk>
  readonly machines: NamedMap<VirtualMachine>
  readonly deployments: NamedMap<Deployment>
  /** By namespace. */
  readonly registrations: NamedMap<Registration>
}

export function openAccount(): Account {
  return {
    groups: openNamedMap(),
    networks: openNamedMap(),
    securityGroups: openNamedMap(),
    applicationGroups: openNamedMap(),
    addresses: openNamedMap(),
    interfaces: openNamedMap(),
    disks: openNamedMap(),
    machines: openNamedMap(),
    deployments: openNamedMap(),
    registrations: openNamedMap(),
  }
}
