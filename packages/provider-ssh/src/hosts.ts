import type { Connections, Route } from './connections.ts'
import type { Memory } from './memory.ts'
import type { SshAccess } from './options.ts'

/** What one session works with. */
export interface Hosts {
  readonly access: SshAccess
  readonly connections: Connections
  readonly memory: Memory
  /** Ways to the hosts that `node create` names. */
  named(): Promise<readonly Route[]>
  /** Nodes that were given one of those hosts, in their order. */
  readonly taken: string[]
  /** Machines that this session saw the end of: how to reach their hosts is forgotten with them. */
  readonly gone: Set<string>
}
