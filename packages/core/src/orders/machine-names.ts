import type { Node } from '@kontena/protocol'
import type { Machine } from '../provider.ts'
import type { JournalEntry } from './journal.ts'

/**
 * Which node a machine is: as the machine said when it enrolled, else by the call that made it, else by
 * the name it carries at its cloud. Undefined where nobody can tell.
 */
export function nameOfMachine(
  machine: Machine,
  nodes: readonly Node[],
  entries: readonly JournalEntry[],
): string | undefined {
  const enrolled = nodes.find((node) => node.machine?.id === machine.id)
  if (enrolled !== undefined) return enrolled.name
  for (const { intent, result } of entries) {
    if (intent.act.call !== 'create') continue
    const made = result?.machines?.find(({ id }) => id === machine.id)
    if (made !== undefined) return made.name
    if (intent.act.token === machine.token) return nameInBatch(machine, intent.act.names)
  }
  return machine.name
}

/** Machines of a batch are told apart by number or by their own names, and one that is alone not at all. */
export function nameInBatch(
  { name, launchIndex }: Machine,
  names: readonly string[],
): string | undefined {
  if (launchIndex !== undefined) return names[launchIndex]
  return names.find((each) => each === name) ?? (names.length === 1 ? names[0] : undefined)
}
