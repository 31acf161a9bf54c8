import { isEphemeral } from '../grid/ephemeral.ts'

/** Free numbers of a grid, lowest first: those of its initial members, and some of the others. */
export interface FreeNumbers {
  readonly initial: readonly number[]
  readonly others: readonly number[]
}

/**
 * A number for each of these nodes; fewer where there are not enough. Initial members hold the state of
 * the grid, so their numbers go to nodes that have a machine and stay. A node that only waits for an agent,
 * or is ephemeral, takes one of them last of all.
 */
export function takeNumbers(
  free: FreeNumbers,
  nodes: readonly { readonly mayLead: boolean }[],
): number[] {
  const initial = [...free.initial]
  const others = [...free.others]
  return nodes.flatMap(({ mayLead }) => {
    const [first, second] = mayLead ? [initial, others] : [others, initial]
    return first.shift() ?? second.shift() ?? []
  })
}

/** Whether a node may take the place of an initial member: it stays, and there is a machine behind it. */
export function mayLead(node: {
  readonly labels: readonly string[]
  readonly hasMachine: boolean
}): boolean {
  return node.hasMachine && !isEphemeral(node)
}
