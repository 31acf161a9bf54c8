import { MasterError, type Node } from '@kontena/protocol'
import { isFailure } from '../errors.ts'
import type { Machine } from '../provider.ts'
import { poll } from '../wait.ts'
import type { Journal } from './journal.ts'
import { nameOfMachine } from './machine-names.ts'
import { isOnline, isToStay } from './online-nodes.ts'
import { consistencyWindow, findOrderMachines } from './order-machines.ts'
import {
  type NamedMachine,
  type Removal,
  removeRecord,
  removeSharedIfLast,
  terminateMachines,
} from './remove-machines.ts'

/** How long terminated machines may take to be gone. */
const goneTimeout = 300_000
/** Milliseconds between looks for machines that were made and are not shown yet. */
const unseenInterval = 5_000

/** A node whose agent has connected: it and its machine stay. */
export interface RescuedNode {
  readonly name: string
  readonly machine: Machine | undefined
  readonly isOnline: boolean
}

export interface RolledBack {
  readonly rescued: readonly RescuedNode[]
  /** Machines that are still there, by node. */
  readonly left: ReadonlyMap<string, Machine>
  /** Nothing is left that needs another look. */
  readonly complete: boolean
}

export interface RollBackOptions extends Removal {
  /** Nodes of the order that did not come online. */
  readonly names: readonly string[]
  /** Nodes of the order whose machines stay whatever their state. */
  readonly spared: ReadonlySet<string>
  /** Machines by node, as far as they are known before any look. */
  readonly known: ReadonlyMap<string, Machine>
  /** Machines that stay may still enrol. */
  readonly keepSecret: boolean
}

/**
 * Takes an order's unfinished machines away, their node records, and what they shared where they were the
 * last. Touches only machines of this order whose node was never online and is not spared, and those that
 * are not their node's but its second.
 */
export async function rollBack(options: RollBackOptions): Promise<RolledBack> {
  const { scope, names, spared, known, call } = options
  const mine = [...known].filter(([name]) => !spared.has(name))
  const work: Work = { options, rescued: [], left: new Map(mine) }
  if (names.length > 0) {
    scope.emit({ type: 'step', step: 'roll-back', detail: names.join(', ') })
  }
  try {
    const complete = await takeBack(work)
    if (complete && names.length > 0) scope.emit({ type: 'step-done', step: 'roll-back' })
    return { ...work, complete }
  } catch (error) {
    const isForeseen = error instanceof MasterError || isFailure(error)
    if (!isForeseen && !call.signal.aborted) throw error
    const reason = isForeseen ? error.message : 'it took too long'
    scope.emit({ type: 'warning', message: `clean-up is not complete: ${reason}` })
    return { ...work, complete: false }
  }
}

interface Work {
  readonly options: RollBackOptions
  rescued: RescuedNode[]
  left: Map<string, Machine>
}

async function takeBack(work: Work): Promise<boolean> {
  const { scope, journal, names, call } = work.options
  const { master, owner } = scope
  if (!work.options.keepSecret) await master.endEnrolment(owner.grid, journal.order.id, call.signal)
  const nodes = await master.nodes(owner.grid, call.signal)
  const machines = await machinesByName(work.options, nodes)
  const shown = machines.map(({ machine }) => machine)
  work.rescued = names.flatMap((name) => {
    const node = nodes.find((candidate) => candidate.name === name)
    if (node === undefined || !isToStay(node, shown, journal.entries)) return []
    const seen = machines.find((candidate) => candidate.name === name)?.machine
    const machine = seen ?? work.options.known.get(name)
    return { name, machine, isOnline: isOnline(node) }
  })
  const staying = new Set([...work.options.spared, ...work.rescued.map(({ name }) => name)])
  const doomed = machines.filter(({ name }) => !staying.has(name))
  work.left = new Map(doomed.map(({ name, machine }) => [name, machine]))
  await terminate(work, doomed)
  for (const { name, order } of nodes) {
    const isMine = names.includes(name) && order === journal.order.id
    if (!isMine || staying.has(name)) continue
    if (isReplaced(name, journal)) scope.emit({ type: 'node', name, phase: 'gone' })
    else await removeRecord(name, work.options)
  }
  return await removeSharedIfLast({ scope, journal, call })
}

/** Whether the node was there before the order, which then only gave it another machine. */
export function isReplaced(name: string, { order }: Pick<Journal, 'order'>): boolean {
  return order.nodes.some((node) => node.name === name && node.replaced === true)
}

/** A machine that nobody can tell the node of goes by its id, as does a second one of a node. */
async function machinesByName(
  { scope, journal, spared, known, call }: RollBackOptions,
  nodes: readonly Node[],
): Promise<NamedMachine[]> {
  const found = await poll(
    {
      reason: 'machines to be shown',
      every: unseenInterval,
      timeout: consistencyWindow,
      signal: call.signal,
    },
    async () => {
      const look = await findOrderMachines(scope, journal, { nodes, call })
      return look.unseen.every((name) => spared.has(name)) ? look.machines : undefined
    },
  )
  const alive = found.filter(({ state }) => state !== 'gone')
  const byName = Map.groupBy(
    alive,
    (machine) => nameOfMachine(machine, nodes, journal.entries) ?? machine.id,
  )
  return [...byName].flatMap(([name, same]) => {
    const node = nodes.find((candidate) => candidate.name === name)
    const own = ownMachine(same, node?.machine?.id ?? known.get(name)?.id)
    return same.map((machine) => ({
      machine,
      name: own === undefined || machine === own ? name : machine.id,
    }))
  })
}

/** Of several machines of a node, the one it runs on; undefined where it runs on none of them. */
function ownMachine(same: readonly Machine[], id: string | undefined): Machine | undefined {
  return id === undefined ? same[0] : same.find((machine) => machine.id === id)
}

async function terminate({ options, left }: Work, doomed: readonly NamedMachine[]): Promise<void> {
  for (const { name, machine } of doomed) {
    const { id, zone } = machine
    options.scope.emit({ type: 'node', name, phase: 'terminating', machine: id, zone })
  }
  await terminateMachines(doomed, {
    ...options,
    timeout: goneTimeout,
    onGone: async ({ name }) => {
      left.delete(name)
    },
  })
}
