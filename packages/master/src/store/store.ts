import type { HostInfo, HostStatistics, MachineIdentity } from '@kontena/protocol'
import type {
  Actor,
  AuditRecord,
  GridRecord,
  NodeRecord,
  Role,
  SessionRecord,
  UserRecord,
} from './records.ts'

/** A secret as the store sees it. Only `readable` can be shown again. */
export interface StoredSecret {
  /** SHA-256 in hex. */
  readonly hash: string
  readonly readable?: string
}

export interface NewGrid {
  readonly name: string
  readonly token: string
  readonly tokenHash: string
  readonly initialSize: number
  readonly subnet: string
  readonly supernet: string
  readonly defaultAffinity: readonly string[]
  readonly trustedSubnets: readonly string[]
}

export interface NewNode {
  readonly name: string
  readonly labels: readonly string[]
  readonly token?: StoredSecret
  /** Given when an agent joins by itself; a node made for an agent to come has none. */
  readonly nodeId?: string
  readonly agentVersion?: string
}

export interface NewEnrolment {
  readonly grid: string
  readonly order: string
  readonly secretHash: string
  readonly expiresAt: Date
  readonly nodes: readonly { readonly name: string; readonly labels: readonly string[] }[]
}

export interface EnrolledMachine {
  readonly secretHash: string
  readonly name: string
  readonly tokenHash: string
  readonly machine: MachineIdentity
  readonly hostKeys: readonly string[]
  /** The account that an SSH key opens. */
  readonly sshUser: string | undefined
}

export type CreateNodeResult =
  | { outcome: 'created'; node: NodeRecord }
  | { outcome: 'no-grid' | 'name-taken' | 'token-taken' | 'node-id-taken' | 'grid-full' }

export type RemoveNodeResult =
  | { outcome: 'removed'; node: NodeRecord }
  | { outcome: 'missing' }
  | { outcome: 'connected' }

export type CreateEnrolmentResult =
  | { outcome: 'created' | 'repeated'; expiresAt: Date; nodes: NodeRecord[] }
  | { outcome: 'names-taken'; names: string[] }
  | { outcome: 'grid-full'; free: number }
  | { outcome: 'no-grid' | 'other-order' }

/**
 * `repeated`: this machine has the name already, with the same token.
 * `machine-taken`: another node runs on the machine that this one says it is.
 * `invalid`: no such secret, a dead one, or a name or order that is not the secret's; not told apart.
 */
export type EnrolResult =
  | { outcome: 'enrolled' | 'repeated' | 'name-taken' | 'machine-taken'; grid: string }
  | { outcome: 'invalid' | 'token-taken' }

/** `replaced`: a newer connection has been opened; `disconnected`: the node was marked so meanwhile. */
export type Presence = 'present' | 'removed' | 'replaced' | 'disconnected'

/** One connection of one node. Numbers rise, so a report of an older connection is told apart. */
export interface ConnectionKey {
  readonly key: string
  readonly connection: number
}

/** How a one-time secret (a code or a refresh token) turns into an access token. */
export interface TokenExchange {
  readonly kind: 'code' | 'refresh'
  readonly hash: string
  readonly tokenHash: string
  /** Used only where the new token expires. */
  readonly refreshHash: string
  /** Seconds that a token got by refresh lives; one got by a code lives as its code says. */
  readonly refreshLifetime: number
  readonly now: Date
}

/**
 * What the master remembers. Every method is one transaction: done completely and on disk when it
 * resolves, or not at all. Changes are audited in the same transaction, under the actor given.
 * A rejection is a defect or a broken disk; all that can be foreseen is in the results.
 */
export interface Store {
  /** This master's identity, made with the database and the same ever after. */
  uuid(): Promise<string>
  /** Resolves when the database answers. */
  ping(): Promise<void>
  close(): Promise<void>

  /** Undefined where the e-mail address is taken. */
  createUser(
    user: { email: string; name?: string; roles: readonly Role[] },
    actor: Actor,
    now: Date,
  ): Promise<UserRecord | undefined>
  user(email: string): Promise<UserRecord | undefined>
  /**
   * A one-time code for an access token that lives this many seconds, or for ever. Codes of the
   * same user that nobody has used die.
   */
  createCode(
    code: { userId: string; codeHash: string; lifetime: number | undefined; scopes: string },
    actor: Actor,
    now: Date,
  ): Promise<void>
  /** Undefined where the code or token is unknown or has been used. Works once. */
  exchange(exchange: TokenExchange, actor: Actor): Promise<SessionRecord | undefined>
  /** Also finds expired ones. */
  session(tokenHash: string): Promise<SessionRecord | undefined>

  /** By name; only those the user is a member of where one is given. */
  grids(memberId?: string): Promise<GridRecord[]>
  grid(name: string): Promise<GridRecord | undefined>
  gridByToken(tokenHash: string): Promise<GridRecord | undefined>
  /** The actor's user becomes a member. */
  createGrid(
    grid: NewGrid,
    actor: Actor,
    now: Date,
  ): Promise<GridRecord | 'name-taken' | 'token-taken'>
  removeGrid(name: string, actor: Actor, now: Date): Promise<'removed' | 'missing' | 'has-nodes'>
  /** A member already, or no such grid or user: nothing happens. */
  addMember(grid: string, userId: string, actor: Actor, now: Date): Promise<void>

  /** By name. */
  nodes(grid: string): Promise<NodeRecord[]>
  /** By its name, or by its engine's id. */
  node(grid: string, nameOrNodeId: string): Promise<NodeRecord | undefined>
  nodeByNodeId(nodeId: string): Promise<NodeRecord | undefined>
  nodeByToken(tokenHash: string): Promise<NodeRecord | undefined>
  /** The token that was given when the node was made by hand. Enrolled machines' tokens are not readable. */
  readableToken(grid: string, nameOrNodeId: string): Promise<string | undefined>
  /** Undefined as a token makes the node one that joins with the grid's. Undefined for no such node. */
  setNodeToken(
    grid: string,
    nameOrNodeId: string,
    token: StoredSecret | undefined,
    actor: Actor,
    now: Date,
  ): Promise<NodeRecord | 'token-taken' | undefined>
  /** Gives the lowest free number. */
  createNode(grid: string, node: NewNode, actor: Actor, now: Date): Promise<CreateNodeResult>
  updateNode(
    grid: string,
    nameOrNodeId: string,
    change: { labels?: readonly string[]; availability?: 'active' | 'drain' },
    actor: Actor,
    now: Date,
  ): Promise<NodeRecord | undefined>
  /** A node that is connected without a token of its own stays: its agent would join again at once. */
  removeNode(grid: string, nameOrNodeId: string, actor: Actor, now: Date): Promise<RemoveNodeResult>
  /** Ties a node to the engine that uses its token first; labels are added to those it has. */
  bindNode(
    key: string,
    binding: { nodeId: string; agentVersion: string; labels: readonly string[] },
    actor: Actor,
    now: Date,
  ): Promise<NodeRecord | 'bound-to-other' | 'node-id-taken'>

  /** Makes all nodes and the secret, or nothing. The same order with the same secret changes nothing. */
  createEnrolment(enrolment: NewEnrolment, actor: Actor, now: Date): Promise<CreateEnrolmentResult>
  /** The secret is dead when this resolves. An unknown order is no error. Nodes stay. */
  endEnrolment(grid: string, order: string, actor: Actor, now: Date): Promise<void>
  enrol(machine: EnrolledMachine, actor: Actor, now: Date): Promise<EnrolResult>

  /** Marks the node connected and resolves to the number of this connection; undefined once it is removed. */
  openConnection(key: string, agentVersion: string, now: Date): Promise<number | undefined>
  /** Counts only for the newest connection; tells whether it did. */
  closeConnection(
    connection: ConnectionKey,
    close: { code: number; reason: string },
    now: Date,
  ): Promise<boolean>
  /** The agent has shown itself to be alive. */
  seen(connection: ConnectionKey, now: Date): Promise<Presence>
  /** Undefined where the connection is not the newest one. */
  recordHost(
    connection: ConnectionKey,
    host: HostInfo,
    now: Date,
  ): Promise<{ addressesChanged: boolean } | undefined>
  recordStatistics(connection: ConnectionKey, sample: HostStatistics, now: Date): Promise<void>
  /** For the start of a process: whoever held the connections is gone. */
  disconnectAll(now: Date): Promise<void>

  /** Newest first. */
  auditLog(limit: number): Promise<AuditRecord[]>
}
