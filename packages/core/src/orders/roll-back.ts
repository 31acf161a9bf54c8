import { MasterError, type Node } from '@kontena/protocol'
import { isFailure } from '../errors.ts'
import type { Call, Machine } from '../provider.ts'
import type { Journal } from './journal.ts'
import { nameOfMachine } from './machine-names.ts'
import { removeRecord, removeSharedIfLast, terminateMachines } from './remove-machines.ts'
import type { Scope } from './scope.ts'

/** How long terminated machines may take to be gone. */
const goneTimeout = 300_000

export interface RolledBack {
  /** Nodes that turned out to have been online; they and their machines stay. */
  readonly rescued: readonly string[]
  /** Machines that are still there, by node. */
  readonly left: ReadonlyMap<string, Machine>
  /** Nothing is left that needs another look. */
  readonly complete: boolean
}

export interface RollBackOptions {
  readonly scope: Scope
  readonly journal: Journal
  /** Nodes of the order that did not come online. */
  readonly names: readonly string[]
  readonly call: Call
}

/**
 * Takes an order's unfinished machines away, their node records, and what they shared where they were the
 * last. Touches only machines that carry the order's tag and whose node was never online.
 */
export async function rollBack(options: RollBackOptions): Promise<RolledBack> {
  const { scope, journal, names, call } = options
  const { master, owner, session } = scope
  const left = new Map<string, Machine>()
  scope.emit({ type: 'step', step: 'roll-back', detail: names.join(', ') })
  try {
    await master.endEnrolment(owner.grid, journal.order.id, call.signal)
    const nodes = await master.nodes(owner.grid, call.signal)
    const rescued = names.filter((name) => wasOnline(nodes.find((node) => node.name === name)))
    const doomed = new Set(names.filter((name) => !rescued.includes(name)))
    const found = await session.find({ owner, order: journal.order.id }, call)
    const machines = found.flatMap((machine) => {
      const name = nameOfMachine(machine, nodes, journal.entries)
      const node = nodes.find((candidate) => candidate.name === name)
      if (machine.state === 'gone' || (name !== undefined && !doomed.has(name) && node)) return []
      return [{ machine, name: name ?? machine.id }]
    })
    for (const { machine, name } of machines) left.set(name, machine)
    await takeAway(options, machines, left)
    for (const name of doomed) {
      if (nodes.some((node) => node.name === name && node.order === journal.order.id)) {
        await removeRecord(name, options)
      }
    }
    const complete = await removeSharedIfLast({ scope, journal, call })
    return { rescued, left, complete }
  } catch (error) {
    if (!(error instanceof MasterError) && !isFailure(error)) throw error
    scope.emit({ type: 'warning', message: `clean-up is not complete: ${error.message}` })
    return { rescued: [], left, complete: false }
  }
}

/** Its agent has connected at least once, so somebody may rely on it. */
export function wasOnline(node: Node | undefined): boolean {
  return node !== undefined && node.node_id !== null
}

async function takeAway(
  { scope, journal, call }: RollBackOptions,
  machines: readonly { machine: Machine; name: string }[],
  left: Map<string, Machine>,
): Promise<void> {
  if (machines.length === 0) return
  const names = new Map(machines.map(({ machine, name }) => [machine.id, name]))
  for (const { machine, name } of machines) {
    scope.emit({ type: 'node', name, phase: 'terminating', machine: machine.id })
  }
  await terminateMachines(
    machines.map(({ machine }) => machine),
    {
      scope,
      journal,
      timeout: goneTimeout,
      call,
      onGone: async ({ id }) => {
        left.delete(names.get(id) ?? id)
      },
    },
  )
}
