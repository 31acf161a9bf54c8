import type { NodeStatus } from '@kontena/protocol'
import type { NodeRecord } from '../store/records.ts'

/**
 * The first that is true, in the order of the 1.5 master. A node that waits for another machine was
 * connected before, and so is offline and not new.
 */
export function nodeStatus(node: NodeRecord): NodeStatus {
  if (node.nodeId === undefined) return node.disconnectedAt === undefined ? 'created' : 'offline'
  if (!node.connected) return 'offline'
  if (!node.updated) return 'connecting'
  return node.availability === 'drain' ? 'drain' : 'online'
}

/**
 * Whether services have left a node that is to be drained. Null where none are to leave, and where nobody
 * can say: its agent is away, or one of 1.5, which does not count them.
 */
export function isDrained({ availability, updated, host }: NodeRecord): boolean | null {
  const running = host?.ServiceContainers ?? undefined
  if (availability !== 'drain' || !updated || running === undefined) return null
  return running === 0
}
