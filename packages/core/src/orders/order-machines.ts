import type { Node } from '@kontena/protocol'
import type { Call, Machine } from '../provider.ts'
import type { Journal, JournalEntry } from './journal.ts'
import { nameOfMachine } from './machine-names.ts'
import type { Scope } from './scope.ts'

/**
 * A cloud may show a machine late, so one that it does not show counts as "nothing happened" only when
 * this many milliseconds have passed since it was asked for.
 */
export const consistencyWindow = 120_000

export interface OrderMachines {
  /** All that the cloud shows, also those that are gone. */
  readonly machines: readonly Machine[]
  /** Nodes whose machines were made, and which the cloud does not show yet. */
  readonly unseen: readonly string[]
  /** Nodes whose machines may have been made by a call without an answer. */
  readonly uncertain: readonly string[]
}

/** Looks an order's machines up, by their tag and by what its journal says was made. */
export async function findOrderMachines(
  scope: Scope,
  { order, entries }: Pick<Journal, 'order' | 'entries'>,
  { nodes, call }: { nodes: readonly Node[]; call: Call },
): Promise<OrderMachines> {
  const tagged = await scope.session.find({ owner: scope.owner, order: order.id }, call)
  const missing = entries
    .flatMap(made)
    .flatMap(({ id }) => (tagged.some((machine) => machine.id === id) ? [] : id))
  const others =
    missing.length === 0 ? [] : await scope.session.find({ ids: missing, owner: scope.owner }, call)
  const machines = [...tagged, ...others]
  const seen = new Set(machines.map(({ id }) => id))
  const young = entries.filter(
    ({ intent, result }) => Date.now() - (result?.at ?? intent.at) < consistencyWindow,
  )
  const names = new Set(machines.map((machine) => nameOfMachine(machine, nodes, entries)))
  return {
    machines,
    unseen: young.flatMap(made).flatMap(({ id, name }) => (seen.has(id) ? [] : name)),
    uncertain: young.flatMap(unanswered).filter((name) => !names.has(name)),
  }
}

function made({ result }: JournalEntry): readonly { id: string; name: string }[] {
  return result?.machines ?? []
}

function unanswered({ intent, result }: JournalEntry): readonly string[] {
  return intent.act.call === 'create' && result === undefined ? intent.act.names : []
}
