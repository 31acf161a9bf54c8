import type { EnrolmentState, HostInfo, HostStatistics, MachineIdentity } from '@kontena/protocol'

export const roles = ['master_admin', 'user_admin', 'grid_admin'] as const
export type Role = (typeof roles)[number]

export interface UserRecord {
  readonly id: string
  readonly email: string
  readonly name: string | undefined
  readonly roles: readonly Role[]
  /** Names of the grids this user is a member of. */
  readonly grids: readonly string[]
}

/** An access token at the moment it is made or used; the token itself is stored nowhere. */
export interface SessionRecord {
  readonly id: string
  readonly user: UserRecord
  readonly scopes: string
  /** Undefined where it never expires. */
  readonly expiresAt: Date | undefined
}

export interface GridRecord {
  readonly name: string
  /** Readable, since operators hand it to agents; lookups go by its hash. */
  readonly token: string
  readonly initialSize: number
  readonly subnet: string
  readonly supernet: string
  readonly defaultAffinity: readonly string[]
  readonly trustedSubnets: readonly string[]
  readonly createdAt: Date
  readonly nodeCount: number
  readonly userCount: number
}

export interface NodeRecord {
  /** The record's own identity: another node that later gets the same name has another key. */
  readonly key: string
  readonly grid: string
  readonly name: string
  readonly number: number
  /** The engine's id; undefined until an agent connects. */
  readonly nodeId: string | undefined
  readonly hasToken: boolean
  readonly labels: readonly string[]
  readonly availability: 'active' | 'drain'
  readonly connected: boolean
  /** The agent has described its host since it connected. */
  readonly updated: boolean
  readonly createdAt: Date
  readonly updatedAt: Date
  readonly connectedAt: Date | undefined
  readonly lastSeenAt: Date | undefined
  readonly disconnectedAt: Date | undefined
  readonly agentVersion: string | undefined
  /** The order whose enrolment made this node. */
  readonly order: string | undefined
  readonly enrolment: EnrolmentState | undefined
  readonly machine: MachineIdentity | undefined
  readonly hostKeys: readonly string[]
  readonly sshUser: string | undefined
  readonly host: HostInfo | undefined
  readonly statistics: HostStatistics | undefined
}

/** Who asked for a change: goes into the audit log with it. */
export interface Actor {
  readonly user?: { readonly id: string; readonly email: string } | undefined
  readonly address: string
  readonly userAgent?: string | undefined
}

export interface AuditRecord {
  readonly time: Date
  readonly event: string
  readonly grid: string | undefined
  readonly resource: { readonly type: string; readonly name: string }
  readonly actor: Actor
}
