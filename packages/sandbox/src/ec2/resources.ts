import type { Machine } from '../machine/machine.ts'

export const accountId = '123456789012'

/** Tags by key. */
export type Tags = Map<string, string>

export interface AvailabilityZone {
  readonly name: string
  /** The same place in every account, as in `euw1-az1`. */
  readonly id: string
}

export interface Vpc {
  readonly id: string
  readonly cidr: string
  readonly isDefault: boolean
}

export interface Subnet {
  readonly id: string
  readonly vpc: Vpc
  readonly zone: AvailabilityZone
  readonly cidr: string
  /** The one that machines of its zone go into where none is named. */
  readonly isDefault: boolean
  readonly givesPublicAddress: boolean
  /** Addresses in use. */
  readonly taken: Set<string>
}

export type Architecture = 'x86_64' | 'arm64'

export interface Image {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly ownerId: string
  readonly architecture: Architecture
  readonly createdAt: Date
  readonly rootDevice: string
  readonly snapshotId: string
  /** GiB. */
  readonly rootSize: number
}

export interface InstanceType {
  readonly name: string
  readonly architecture: Architecture
  readonly virtualCpus: number
  readonly threadsPerCore: number
  readonly memoryMib: number
  readonly isBurstable: boolean
}

export interface KeyPair {
  readonly id: string
  readonly name: string
  readonly type: 'rsa' | 'ed25519'
  readonly fingerprint: string
  readonly publicKey: string
  readonly createdAt: Date
}

export type RuleSource =
  | { readonly kind: 'ipv4' | 'ipv6'; readonly cidr: string }
  | { readonly kind: 'group'; readonly groupId: string }

export interface GroupRule {
  readonly id: string
  readonly groupId: string
  readonly isEgress: boolean
  /** `tcp`, `udp`, `icmp`, `icmpv6`, `-1` for all, else a protocol number. */
  readonly protocol: string
  /** Absent for protocols without ports. */
  readonly ports: readonly [number, number] | undefined
  readonly source: RuleSource
  readonly description: string | undefined
}

export interface SecurityGroup {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly vpc: Vpc
  readonly rules: Map<string, GroupRule>
}

export interface Volume {
  readonly id: string
  readonly device: string
  readonly size: number
  readonly type: string
  readonly iops: number | undefined
  readonly throughput: number | undefined
  readonly isEncrypted: boolean
  readonly snapshotId: string | undefined
  readonly zone: AvailabilityZone
  readonly createdAt: Date
  readonly goesWithInstance: boolean
  /** Undefined once its instance is gone and it stayed. */
  instanceId: string | undefined
}

export interface NetworkInterface {
  readonly id: string
  readonly attachmentId: string
  /** Undefined once its instance is gone and it stayed. */
  instanceId: string | undefined
  readonly subnet: Subnet
  readonly groups: readonly SecurityGroup[]
  readonly privateAddress: string
  readonly macAddress: string
  readonly description: string
  readonly createdAt: Date
  readonly goesWithInstance: boolean
  publicAddress: string | undefined
}

export const stateCodes = {
  pending: 0,
  running: 16,
  'shutting-down': 32,
  terminated: 48,
  stopping: 64,
  stopped: 80,
} as const
export type StateName = keyof typeof stateCodes

export interface MetadataOptions {
  readonly tokens: string
  readonly hopLimit: number
  readonly endpoint: string
  readonly ipv6: string
  readonly tags: string
}

export interface Instance {
  readonly id: string
  readonly reservationId: string
  /** Position in its RunInstances call. */
  readonly launchIndex: number
  readonly image: Image
  readonly type: InstanceType
  readonly zone: AvailabilityZone
  readonly keyName: string | undefined
  readonly clientToken: string | undefined
  readonly launchedAt: Date
  /** Milliseconds since the epoch before which descriptions do not show it. */
  readonly visibleFrom: number
  readonly userData: Buffer
  readonly metadata: MetadataOptions
  readonly isProtected: boolean
  readonly profile: string | undefined
  readonly isMonitored: boolean
  readonly volumes: readonly Volume[]
  readonly machine: Machine
  /** Undefined once it is terminated. */
  network: NetworkInterface | undefined
  state: StateName
  stateReason: { readonly code: string; readonly message: string } | undefined
  transitionReason: string
  /** Console as EC2 keeps it without `Latest`: taken when the machine last changed state. */
  consoleSnapshot: string | undefined
  /** Grows with each change of state that was asked for; timers of an older one do nothing. */
  generation: number
}
