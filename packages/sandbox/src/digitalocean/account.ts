import type { ArmedFaults } from '../faults.ts'
import type { Machine, MachineOptions } from '../machine/machine.ts'
import type { RestCall, Route } from '../rest/route.ts'
import type { Image } from './catalog/images.ts'
import type { Region } from './catalog/regions.ts'
import type { Size } from './catalog/sizes.ts'
import type { Lifecycle } from './droplets/lifecycle.ts'

export interface Vpc {
  readonly id: string
  readonly region: Region
  readonly range: string
  readonly createdAt: Date
  name: string
  description: string
  isDefault: boolean
}

export interface Key {
  readonly id: number
  /** MD5 of the key, in pairs of digits. */
  readonly fingerprint: string
  readonly publicKey: string
  name: string
}

export interface Action {
  readonly id: number
  readonly type: string
  readonly resourceId: number
  readonly region: Region
  readonly startedAt: Date
  status: 'in-progress' | 'completed' | 'errored'
  completedAt: Date | undefined
}

export interface Addresses {
  readonly public: string | undefined
  readonly private: string
  readonly ipv6: string | undefined
}

export interface Droplet {
  readonly id: number
  readonly name: string
  readonly region: Region
  readonly size: Size
  readonly image: Image
  readonly vpc: Vpc
  readonly keys: readonly Key[]
  readonly features: readonly string[]
  readonly userData: string
  readonly createdAt: Date
  /** Milliseconds since the epoch before which it is missing from lists. */
  readonly visibleFrom: number
  /** In lower case: two spellings are one tag. */
  readonly tags: Set<string>
  /** Shown once the droplet is up. */
  readonly addresses: Addresses
  readonly machine: Machine
  state: 'new' | 'active' | 'off'
  /** When it was up first; undefined until then. */
  activeAt: number | undefined
  /** What is going on; while it does, nothing else may begin. */
  event: string | undefined
}

/** What a firewall lets through, as it was asked for. */
export interface FirewallRule {
  readonly protocol: string
  readonly ports: string
  /** `sources` or `destinations`. */
  readonly peers: Readonly<Record<string, readonly (string | number)[]>>
}

export interface Firewall {
  readonly id: string
  readonly createdAt: Date
  name: string
  inbound: readonly FirewallRule[]
  outbound: readonly FirewallRule[]
  droplets: Set<number>
  /** In lower case. */
  tags: Set<string>
  /** Milliseconds since the epoch at which it was last changed. */
  changedAt: number
}

/** Everything one account has, and what its operations work on. */
export interface Account {
  readonly droplets: Map<number, Droplet>
  readonly actions: Map<number, Action>
  /** First spelling by lower case. */
  readonly tags: Map<string, string>
  readonly keys: Map<number, Key>
  readonly vpcs: Map<string, Vpc>
  readonly firewalls: Map<string, Firewall>
  readonly dropletLimit: number
  /** Milliseconds for which new droplets are missing from lists. */
  readonly consistencyDelay: number
  /** Milliseconds until a firewall does what it says. */
  readonly firewallDelay: number
  readonly faults: ArmedFaults
  readonly lifecycle: Lifecycle
  /** Throws where keys were listed too often. */
  readonly countKeyListing: () => void
  readonly newId: () => number
  /** An address that no droplet of this account has. */
  readonly newPublicAddress: () => string
  readonly createMachine: (options: MachineOptions) => Machine
}

export type DigitaloceanCall = RestCall<Account>
export type DigitaloceanRoute = Route<Account>
