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
    if (intent.act.token !== machine.token) continue
    // A cloud without launch indices makes each machine of a batch with its own name.
    const isNamed = machine.launchIndex === undefined && machine.name !== undefined
    return isNamed ? machine.name : intent.act.names[machine.launchIndex ?? 0]
  }
  return machine.name
}
