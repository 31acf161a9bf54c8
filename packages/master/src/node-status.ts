import type { NodeStatus } from '@kontena/protocol'
import type { NodeRecord } from './store/records.ts'

/** The first that is true, in the order of the 1.5 master. */
export function nodeStatus(node: NodeRecord): NodeStatus {
  if (node.nodeId === undefined) return 'created'
  if (!node.connected) return 'offline'
  if (!node.updated) return 'connecting'
  return node.availability === 'drain' ? 'drain' : 'online'
}
