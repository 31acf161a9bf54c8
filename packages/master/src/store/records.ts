import type {
  EnrolmentState,
  EventType,
  GridLogs,
  HostInfo,
  HostStatistics,
  MachineIdentity,
  RoleName,
} from '@kontena/protocol'

/** What a user may do on this master. */
export type Role = RoleName

export interface UserRecord {
  readonly id: string
  readonly email: string
  readonly name: string | undefined
  readonly roles: readonly Role[]
  /** Names of the grids this user is a member of. */
  readonly grids: readonly string[]
  /** The user's id at the external login provider, once it has logged in there. */
  readonly externalId: string | undefined
  /** An invitation waits to be accepted. */
  readonly isInvited: boolean
  /** The id of the user who invited this one last, and so knows the code. */
  readonly invitedBy: string | undefined
  readonly createdAt: Date
}

/** An access token at the moment it is made or used; the token itself is stored nowhere. */
export interface SessionRecord {
  readonly id: string
  readonly user: UserRecord
  readonly scopes: string
  readonly description: string | undefined
  /** Undefined where it never expires. */
  readonly expiresAt: Date | undefined
}

/** An access token, or a one-time code for one, as it is shown later: without the secret. */
export interface TokenRecord {
  readonly id: string
  readonly user: Pick<UserRecord, 'id' | 'email' | 'name'>
  /** A code waits to be exchanged for a token. */
  readonly kind: 'token' | 'code'
  readonly scopes: string
  readonly description: string | undefined
  readonly tokenLastFour: string | undefined
  readonly refreshLastFour: string | undefined
  /** When the token, or the code, is no longer good; undefined for never. */
  readonly expiresAt: Date | undefined
  readonly createdAt: Date
}

export interface GridRecord {
  readonly name: string
  /** Readable, since operators hand it to agents; sealed in the database, and looked up by its hash. */
  readonly token: string
  readonly initialSize: number
  readonly subnet: string
  readonly supernet: string
  readonly defaultAffinity: readonly string[]
  readonly trustedSubnets: readonly string[]
  /** Where agents of 1.5 send statistics. */
  readonly statsd: { readonly server: string; readonly port: number } | undefined
  readonly logs: GridLogs | undefined
  readonly createdAt: Date
  /**
   * The last event and the last audit entry before it was made. All up to these are of a grid of the same
   * name that is no more, and was somebody else's. Clocks may be set back, ids never are.
   */
  readonly behind: { readonly event: number; readonly auditEntry: number }
  readonly nodeCount: number
  readonly userCount: number
}

/** A close code of the agent protocol, and its text. */
export interface Closing {
  readonly code: number
  readonly reason: string
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
  /** How the last connection ended; undefined while one is open, and before the first. */
  readonly close: Closing | undefined
  /** The last time an agent was turned away that said it is this node's, since one was let in. */
  readonly rejection: (Closing & { readonly at: Date }) | undefined
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
  readonly id: number
  readonly time: Date
  /** What was done, as `create node`. */
  readonly event: string
  readonly grid: string | undefined
  readonly resource: { readonly type: string; readonly name: string }
  readonly actor: Actor
  /** What the change was about, as it was and as it is: labels, roles, settings. Holds no secret. */
  readonly before: unknown
  readonly after: unknown
}

/** Something that happened. Ids rise with time, so that a reader goes on where it stopped. */
export interface EventRecord {
  readonly id: number
  readonly time: Date
  readonly type: EventType
  /** Undefined for what concerns the master as a whole. */
  readonly grid: string | undefined
  /** The node's name. */
  readonly node: string | undefined
  /** 0 debug, 1 info, 2 warning, 3 error, as in 1.5. */
  readonly severity: number
  readonly message: string
  readonly meta: Readonly<Record<string, unknown>>
}
