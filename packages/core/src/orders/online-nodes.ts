import type { Node } from '@kontena/protocol'
import type { Machine } from '../provider.ts'
import type { JournalEntry } from './journal.ts'

/** Its agent is connected and has reported; one that is drained is no less online. */
export function isOnline({ status }: Node): boolean {
  return status === 'online' || status === 'drain'
}

/** Its agent has connected at least once, so somebody may rely on it. */
export function wasOnline(node: Node): boolean {
  return node.node_id !== null
}

/** Whether an order's clean-up leaves the node alone: it was online, and the order has not ended it. */
export function isToStay(
  node: Node,
  machines: readonly Machine[],
  entries: readonly JournalEntry[],
): boolean {
  return wasOnline(node) && !hasEnded(node, machines, entries)
}

/** The order itself has ended this node's machine, however the node got on before that. */
function hasEnded(
  node: Node,
  machines: readonly Machine[],
  entries: readonly JournalEntry[],
): boolean {
  const id = node.machine?.id
  if (id === undefined) return false
  const isCondemned = entries.some(
    ({ intent: { act } }) => act.call === 'terminate' && act.ids.includes(id),
  )
  const isAlive = machines.some(
    ({ id: other, state }) => other === id && (state === 'pending' || state === 'running'),
  )
  return isCondemned && !isAlive
}
