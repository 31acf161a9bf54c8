import { MasterError, type Node } from '@kontena/protocol'
import { poll } from '../wait.ts'
import { isOnline } from './online-nodes.ts'
import type { Scope } from './scope.ts'

const masterInterval = 1_000

export interface ReturnOptions {
  /**
   * Names of nodes, each with the time of the connection that its agent had; undefined where that one is
   * good as well. The last of a machine that was cut off may look alive for a while.
   */
  readonly before: ReadonlyMap<string, Node['connected_at']>
  readonly timeout: number
  /** Looked at as often as the master, and left to reject where waiting is in vain. */
  readonly look?: () => Promise<boolean>
}

/**
 * Waits until the agents of nodes have connected anew, and until the look says so, where there is one.
 * Rejects with `TIMED_OUT` naming those that have not after `timeout` milliseconds.
 */
export async function awaitReturn(
  { before, timeout, look = async () => true }: ReturnOptions,
  { master, owner, emit, signal }: Scope,
): Promise<void> {
  const away = new Map(before)
  const reason = () => `${[...away.keys()].join(', ') || 'machines'} to be online again`
  await poll({ reason, every: masterInterval, timeout, signal }, async () => {
    const isDone = await look()
    for (const node of await answered(master.nodes(owner.grid, signal))) {
      if (!away.has(node.name) || !isOnline(node)) continue
      const last = away.get(node.name)
      if (last !== undefined && last === node.connected_at) continue
      away.delete(node.name)
      emit({ type: 'node', name: node.name, phase: 'online' })
    }
    return isDone && away.size === 0 ? true : undefined
  })
}

/** A master that does not answer for a moment is asked again. */
async function answered(nodes: Promise<Node[]>): Promise<Node[]> {
  try {
    return await nodes
  } catch (error) {
    if (error instanceof MasterError && error.kind === 'unreachable') return []
    throw error
  }
}
