import type { Machine } from '../machine/machine.ts'
import type { Image } from './catalog/images.ts'
import type { Size } from './catalog/sizes.ts'
import type { MachineProperties } from './compute/machine-body.ts'
import type { InterfaceProperties } from './network/interface-body.ts'
import type { RuleProperties } from './network/rule-body.ts'
import type { Operation } from './operations.ts'
import type { ErrorDetail } from './wire/errors.ts'

export type Tags = Readonly<Record<string, string>>
export type Json = Readonly<Record<string, unknown>>
export type ProvisioningState = 'Creating' | 'Updating' | 'Deleting' | 'Failed' | 'Succeeded'

/** What every resource has. */
export interface Resource {
  readonly id: string
  /** With its namespace. */
  readonly type: string
  readonly name: string
  readonly group: string
  readonly location: string
  readonly zones: readonly string[]
  tags: Tags
  state: ProvisioningState
  /** Changes with every change of the resource. */
  etag: string
  readonly createdAt: Date
  /** Milliseconds since the epoch from which lists show it. */
  readonly visibleFrom: number
  /** What changes it at this moment. */
  operation: Operation | undefined
}

export interface ResourceGroup {
  readonly id: string
  readonly name: string
  readonly location: string
  tags: Tags
  isGoing: boolean
}

export interface SecurityRule {
  readonly id: string
  readonly name: string
  properties: RuleProperties
  etag: string
}

export interface SecurityGroup extends Resource {
  readonly guid: string
  /** By name in lower case. */
  readonly rules: Map<string, SecurityRule>
}

export interface ApplicationGroup extends Resource {
  readonly guid: string
}

export interface Subnet {
  readonly id: string
  readonly name: string
  readonly cidr: string
  securityGroupId: string | undefined
  hasOutboundAccess: boolean | undefined
  etag: string
  readonly taken: Set<string>
}

export interface VirtualNetwork extends Resource {
  readonly guid: string
  cidrs: readonly string[]
  /** By name in lower case. */
  readonly subnets: Map<string, Subnet>
}

export interface PublicAddress extends Resource {
  readonly guid: string
  readonly address: string
  readonly idleTimeout: number
  /** Id of the IP configuration that has it. */
  holderId: string | undefined
}

export interface IpConfiguration {
  readonly id: string
  readonly name: string
  readonly isPrimary: boolean
  readonly subnetId: string
  readonly privateAddress: string
  readonly isStatic: boolean
  readonly publicAddressId: string | undefined
  readonly goesWithInterface: boolean
  readonly applicationGroupIds: readonly string[]
}

export interface NetworkInterface extends Resource {
  readonly guid: string
  readonly macAddress: string
  properties: InterfaceProperties
  configurations: readonly IpConfiguration[]
  securityGroupId: string | undefined
  machineId: string | undefined
  /** A machine that failed holds on to its interfaces for a while. */
  reserved: { readonly machineId: string; readonly until: number } | undefined
}

export interface Disk extends Resource {
  readonly uniqueId: string
  readonly sizeGb: number
  readonly sku: string
  readonly image: Image
  machineId: string | undefined
}

export type PowerState =
  | 'starting'
  | 'running'
  | 'stopping'
  | 'stopped'
  | 'deallocating'
  | 'deallocated'

export interface VirtualMachine extends Resource {
  readonly vmId: string
  properties: MachineProperties
  size: Size
  readonly image: Image
  readonly userData: Buffer
  readonly machine: Machine
  readonly diskName: string
  diskId: string | undefined
  /** Undefined until Azure has found a host for it. */
  power: PowerState | undefined
  failure: ErrorDetail | undefined
  consoleSnapshot: string | undefined
  /** Goes up with each change of state that was asked for. */
  generation: number
}
