import type { HostInfo } from '@kontena/protocol'
import type { Closing } from './records.ts'

/** `replaced`: a newer connection has been opened; `disconnected`: the node was marked so meanwhile. */
export type Presence = 'present' | 'removed' | 'replaced' | 'disconnected'

/** One connection of one node. Numbers rise, so a report of an older connection is told apart. */
export interface ConnectionKey {
  readonly key: string
  readonly connection: number
}

/** Connection state of nodes. It is told as events and not audited: agents come and go by themselves. */
export interface ConnectionStore {
  /**
   * Marks the node connected and resolves to the number of this connection; undefined once it is removed,
   * or where its token is another than the one that was shown (none for the token of the grid), or its
   * engine.
   */
  openConnection(
    key: string,
    agentVersion: string,
    now: Date,
    shown?: { readonly tokenHash: string | undefined; readonly nodeId?: string | undefined },
  ): Promise<number | undefined>
  /** Counts only for the newest connection; tells whether it did. */
  closeConnection(connection: ConnectionKey, close: Closing, now: Date): Promise<boolean>
  /** The agent has shown itself to be alive. */
  seen(connection: ConnectionKey, now: Date): Promise<Presence>
  /** Tells whether peers reach the node elsewhere now. Undefined where the connection is not the newest one. */
  recordHost(
    connection: ConnectionKey,
    host: HostInfo,
    now: Date,
  ): Promise<{ addressesChanged: boolean } | undefined>
  /** For the start of a process: whoever held the connections is gone. */
  disconnectAll(now: Date): Promise<void>
  /**
   * An agent that said it is this node's was turned away, so many times. Stays with the node only while
   * no connection is open, and is an event where the code is another than the last.
   */
  recordRejection(
    key: string,
    rejection: Closing & { readonly times?: number },
    now: Date,
  ): Promise<void>
  /** Nodes whose connection has been silent since then; marks them disconnected and resolves to them. */
  disconnectSilent(seenBefore: Date, now: Date): Promise<ConnectionKey[]>
}
