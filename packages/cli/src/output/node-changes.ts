import type { Node } from '@kontena/protocol'

export interface NodeChange {
  readonly change: 'added' | 'changed' | 'removed'
  /** As it is now, or was last. */
  readonly node: Node
  /** What changed, for people. */
  readonly text: string
}

/** What is worth a line between two looks at the nodes of a grid. */
export function describeChanges(before: readonly Node[], after: readonly Node[]): NodeChange[] {
  const known = new Map(before.map((node) => [node.id, node]))
  const here = new Set(after.map(({ id }) => id))
  return [
    ...before
      .filter(({ id }) => !here.has(id))
      .map((node) => ({ change: 'removed', node, text: 'removed' }) as const),
    ...after.flatMap((node): NodeChange[] => {
      const last = known.get(node.id)
      if (last === undefined) return [{ change: 'added', node, text: `added, ${node.status}` }]
      const text = differences(last, node).join('; ')
      return text === '' ? [] : [{ change: 'changed', node, text }]
    }),
  ]
}

function differences(last: Node, node: Node): string[] {
  return [
    ...told('status', last.status, node.status, `${node.status}, was ${last.status}`),
    ...told('availability', last.availability, node.availability),
    ...told('drained', last.drained, node.drained, node.drained ? 'drained' : 'not drained'),
    ...told('labels', last.labels.join(','), node.labels.join(',')),
    ...told('version', last.agent_version, node.agent_version),
    ...told('machine', last.machine?.id, node.machine?.id),
    ...told('address', last.public_ip, node.public_ip),
  ]
}

function told(what: string, last: unknown, now: unknown, text?: string): string[] {
  if (last === now) return []
  return [text ?? `${what} ${now ?? '-'}`]
}
