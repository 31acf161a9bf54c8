import type { MachineIdentity } from '@kontena/protocol'
import type { Actor, NodeRecord } from './records.ts'

/** A secret as the store sees it. Only `readable` can be shown again. */
export interface StoredSecret {
  /** SHA-256 in hex. */
  readonly hash: string
  readonly readable?: string
}

export interface NewNode {
  readonly name: string
  readonly labels: readonly string[]
  readonly token?: StoredSecret
  /** Given when an agent joins by itself; a node made for an agent to come has none. */
  readonly nodeId?: string
  readonly agentVersion?: string
}

export type CreateNodeResult =
  | { outcome: 'created'; node: NodeRecord }
  /** `node-id-replaced`: a node ran on this engine until it was given another. */
  | {
      outcome:
        | 'no-grid'
        | 'name-taken'
        | 'token-taken'
        | 'node-id-taken'
        | 'node-id-replaced'
        | 'grid-full'
    }

export type RemoveNodeResult =
  | { outcome: 'removed'; node: NodeRecord }
  | { outcome: 'missing' }
  | { outcome: 'connected' }

/**
 * `connected`: its agent is there, and nobody said that it may go. `has-machine`: a provider runs it, who
 * alone can end it. `awaited`: an order is about to give it a machine.
 */
export type ReplaceNodeResult =
  | { outcome: 'replaced'; node: NodeRecord }
  | { outcome: 'missing' | 'token-taken' | 'connected' | 'awaited' }
  | { outcome: 'has-machine'; machine: MachineIdentity }

/** A node in what its peers need to know of it. */
export interface PeerRecord {
  readonly key: string
  readonly labels: readonly string[]
  readonly privateAddress: string | undefined
  readonly publicAddress: string | undefined
}

/** A node in what its agent is told of it. */
export type BriefNode = Pick<
  NodeRecord,
  'key' | 'nodeId' | 'name' | 'number' | 'labels' | 'createdAt' | 'updatedAt'
>

export interface NodeStore {
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
  /**
   * Gives the lowest free number. Those of initial members go to agents that join, and to others only
   * where no other is free.
   */
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
  /**
   * Ties a node to the engine that uses its token first; labels are added to those it has. Its number is
   * final from then on: the first time, it moves down to one of an initial member where one is free.
   */
  bindNode(
    key: string,
    binding: { nodeId: string; agentVersion: string; labels: readonly string[] },
    actor: Actor,
    now: Date,
  ): Promise<NodeRecord | 'bound-to-other' | 'node-id-taken'>
  /** Those of them that are there, in any order. */
  briefNodes(keys: readonly string[]): Promise<BriefNode[]>
  /** By number. In one look at the database, and cheaper than {@link NodeStore.nodes}. */
  peers(grid: string): Promise<PeerRecord[]>
  /**
   * Unties a node from its engine, so that another can take its place under the same name, number and
   * labels, with this token. The old token is dead, and the old engine cannot join the grid by itself.
   */
  replaceNode(
    grid: string,
    nameOrNodeId: string,
    replacement: { token: StoredSecret; evenConnected: boolean },
    actor: Actor,
    now: Date,
  ): Promise<ReplaceNodeResult>
  /**
   * Removes ephemeral nodes that have not been seen since then, are no initial members, and are
   * offline; resolves to what was removed.
   */
  removeStaleNodes(seenBefore: Date, actor: Actor, now: Date): Promise<NodeRecord[]>
}
