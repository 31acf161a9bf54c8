import type { ArmedFaults } from '../faults.ts'
import type { Machine, MachineOptions } from '../machine/machine.ts'
import type { RestCall, Route } from '../rest/route.ts'
import type { Plan } from './catalog/plans.ts'
import type { Zone } from './catalog/zones.ts'
import type { FirewallRule } from './firewall-rules/rule.ts'
import type { Lifecycle } from './servers/lifecycle.ts'

export interface Label {
  readonly key: string
  readonly value: string
}

export type ServerState = 'maintenance' | 'started' | 'stopped' | 'error' | 'pending_delete'

export interface IpAddress {
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
}

export interface Interface {
  readonly index: number
  readonly type: 'public' | 'utility' | 'private'
  readonly network: Network
  readonly mac: string
  readonly addresses: readonly IpAddress[]
}

export interface Network {
  readonly uuid: string
  readonly type: 'public' | 'utility' | 'private'
  readonly zone: Zone
  readonly ranges: readonly IpNetwork[]
  name: string
  labels: readonly Label[]
  router: string | undefined
}

/** A range of a network, with what its DHCP tells; as it was given. */
export interface IpNetwork {
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  readonly [attribute: string]: unknown
}

export interface Storage {
  readonly uuid: string
  readonly zone: Zone
  /** GiB. */
  size: number
  readonly tier: string
  readonly createdAt: Date
  title: string
  labels: readonly Label[]
  backupRule: unknown
  /** Undefined while it is attached to none. It costs either way. */
  server: string | undefined
}

export interface Server {
  readonly uuid: string
  readonly zone: Zone
  readonly createdAt: Date
  /** Milliseconds since the epoch before which it is missing from lists. */
  readonly visibleFrom: number
  readonly hasMetadata: boolean
  readonly userData: string
  readonly username: string
  readonly sshKeys: readonly string[]
  readonly host: number
  readonly machine: Machine
  readonly storages: readonly Storage[]
  readonly timezone: string
  title: string
  hostname: string
  plan: Plan
  labels: readonly Label[]
  firewall: 'on' | 'off'
  firewallRules: readonly FirewallRule[]
  interfaces: readonly Interface[]
  state: ServerState
  /** Per cent of a clone that are done, while it is being made. */
  progress: number | undefined
  /** Grows with each change of state that was asked for; timers of an older one do nothing. */
  generation: number
}

/** Everything one account has, and what its operations work on. */
export interface Account {
  readonly username: string
  readonly servers: Map<string, Server>
  readonly storages: Map<string, Storage>
  readonly networks: Map<string, Network>
  readonly coreLimit: number
  /** Milliseconds for which new servers are missing from lists. */
  readonly consistencyDelay: number
  readonly faults: ArmedFaults
  readonly lifecycle: Lifecycle
  /** An address that no server of this account has. */
  readonly newPublicAddress: () => string
  readonly createMachine: (options: MachineOptions) => Machine
}

export type UpcloudCall = RestCall<Account>
export type UpcloudRoute = Route<Account>
