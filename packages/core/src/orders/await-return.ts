import type { Node } from '@kontena/protocol'
import { withNodeRecords } from '../node-records.ts'
import { poll } from '../wait.ts'
import { isOnline } from './online-nodes.ts'
import type { Scope } from './scope.ts'
import { whileAnswered } from './while-answered.ts'

/** Milliseconds between looks. */
const interval = 1_000

export interface ReturnOptions {
  /**
   * Names of nodes, each with the time of the connection that its agent had; undefined where that one is
   * good as well. The last of a machine that was cut off may look alive for a while.
   */
  readonly before: ReadonlyMap<string, Node['connected_at']>
  readonly timeout: number
  /** Looked at each second, and left to reject where waiting is in vain. */
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
  const see = (nodes: readonly Node[]): void => {
    for (const node of nodes) {
      if (!away.has(node.name) || !isOnline(node)) continue
      const last = away.get(node.name)
      if (last !== undefined && last === node.connected_at) continue
      away.delete(node.name)
      emit({ type: 'node', name: node.name, phase: 'online' })
    }
  }
  const reason = () => `${[...away.keys()].join(', ') || 'machines'} to be online again`
  const names = [...before.keys()]
  const deadline = Date.now() + timeout
  await withNodeRecords({ master, grid: owner.grid, names, signal }, ({ read, pause }) =>
    poll({ reason, every: interval, timeout, signal, pause }, async () => {
      const isDone = await look()
      see((await whileAnswered(read(Date.now() >= deadline))) ?? [])
      return isDone && away.size === 0 ? true : undefined
    }),
  )
}
