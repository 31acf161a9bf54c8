import { MasterError, type Node } from '@kontena/protocol'
import { isFailure } from '../errors.ts'
import type { Call, Machine } from '../provider.ts'
import { type Journal, listOrders, type OrderFile, takeOver } from './journal.ts'
import { nameOfMachine } from './machine-names.ts'
import { isToStay, wasOnline } from './online-nodes.ts'
import { findOrderMachines } from './order-machines.ts'
import type { OrderRecord } from './order-record.ts'
import { removeRecord, removeSharedIfLast } from './remove-machines.ts'
import { isReplaced, rollBack } from './roll-back.ts'
import type { Scope } from './scope.ts'
import { correctZoneLabel } from './zone-label.ts'

/** Milliseconds that settling holds up the command that was typed. */
const patience = 60_000
const cleanUpTimeout = 600_000

/**
 * Settles orders of this account and grid whose process died. It never creates. What it cannot decide
 * yet stays open, with a word about why.
 */
export async function settleOrders(scope: Scope): Promise<void> {
  for (const file of listOrders(scope.orders)) {
    if (!concerns(file, scope)) continue
    const journal = await takeOver(file)
    if (journal !== undefined) await settleOne(journal, scope)
  }
}

function concerns({ order }: OrderFile, { provider, account, owner }: Scope): boolean {
  return (
    order.provider === provider.name &&
    order.account.id === account.id &&
    order.account.region === account.region &&
    order.master.uuid === owner.master &&
    order.grid === owner.grid
  )
}

/** What became of an order, or why it stays open. */
interface Verdict {
  readonly open: boolean
  readonly text: string
}

async function settleOne(journal: Journal, scope: Scope): Promise<void> {
  const { id, kind } = journal.order
  const call = { signal: AbortSignal.any([scope.signal, AbortSignal.timeout(cleanUpTimeout)]) }
  let verdict: Verdict = { open: true, text: 'it could not be looked at' }
  try {
    const settle = kind === 'create' ? settleCreate : settleTerminate
    verdict = await settle(journal, scope, call)
  } catch (error) {
    if (error instanceof MasterError || isFailure(error)) {
      verdict = { open: true, text: error.message }
    } else if (scope.signal.aborted || !call.signal.aborted) throw error
    else verdict = { open: true, text: 'settling it took too long' }
  } finally {
    if (verdict.open) journal.release()
    else journal.close()
  }
  if (verdict.open) scope.emit({ type: 'open-order', order: id, reason: verdict.text })
  else scope.emit({ type: 'settled', order: id, outcome: verdict.text })
}

async function settleCreate(journal: Journal, scope: Scope, call: Call): Promise<Verdict> {
  const { id } = journal.order
  const nodes = await scope.master.nodes(scope.owner.grid, call.signal)
  const mine = nodes.filter((node) => node.order === id)
  const look = await findOrderMachines(scope, journal, { nodes, call })
  const alive = look.machines.filter(({ state }) => state !== 'gone')
  await adopt(mine, alive, scope, call)
  if (look.unseen.length > 0 || look.uncertain.length > 0) {
    return { open: true, text: 'the cloud may yet show machines of it' }
  }
  const waiting = stillPossible(journal, mine, alive)
  if (waiting !== undefined) return { open: true, text: waiting }
  const staying = mine.filter((node) => isToStay(node, alive, journal.entries))
  const withMachine = alive.map(
    (machine) => nameOfMachine(machine, nodes, journal.entries) ?? machine.id,
  )
  const asked = journal.order.onFailure === 'keep' ? withMachine : []
  const spared = new Set([...staying.map(({ name }) => name), ...asked])
  const all = [...new Set([...mine.map(({ name }) => name), ...withMachine])]
  const names = all.filter((name) => !spared.has(name))
  const { complete, rescued } = await rollBack({
    scope,
    journal,
    names,
    spared,
    known: new Map(),
    keepSecret: asked.length > 0,
    call,
  })
  if (!complete) return { open: true, text: 'its clean-up is not complete' }
  const kept = new Set([...spared, ...rescued.map(({ name }) => name)])
  const lost = [...all, ...(await emptiedBefore(journal, nodes, scope, call))]
  for (const name of lost.filter((each) => !kept.has(each) && isReplaced(each, journal))) {
    const hint = `kontena ${scope.provider.name} node replace ${name}`
    scope.emit({ type: 'warning', message: `${name} was left without a machine`, hint })
  }
  return { open: false, text: describeSettled(lost, kept, journal) }
}

/** Nodes whose machine was ended for another, by a command that died before it gave them to its order. */
async function emptiedBefore(
  { order, entries }: Journal,
  nodes: readonly Node[],
  scope: Scope,
  call: Call,
): Promise<string[]> {
  if (!entries.some(({ intent }) => intent.act.call === 'terminate')) return []
  const waiting = order.nodes.filter(
    ({ name, replaced, machine }) =>
      replaced === true && nodes.some((node) => node.name === name && node.machine?.id === machine),
  )
  const ids = waiting.flatMap(({ machine }) => machine ?? [])
  const found = ids.length === 0 ? [] : await scope.session.find({ ids, owner: scope.owner }, call)
  const running = new Set(found.filter(isAlive).map(({ id }) => id))
  return waiting.flatMap(({ name, machine = '' }) => (running.has(machine) ? [] : name))
}

function isAlive({ state }: Machine): boolean {
  return state !== 'gone' && state !== 'going'
}

function describeSettled(
  names: readonly string[],
  kept: ReadonlySet<string>,
  journal: Pick<Journal, 'order'>,
): string {
  const lost = names.filter((name) => !kept.has(name))
  const emptied = new Set(lost.filter((name) => isReplaced(name, journal)))
  const gone = new Set(lost.filter((name) => !emptied.has(name)))
  const parts = [
    kept.size === 0 ? [] : `kept ${[...kept].join(', ')}`,
    gone.size === 0 ? [] : `took ${[...gone].join(', ')} away`,
    emptied.size === 0 ? [] : `left ${[...emptied].join(', ')} without a machine`,
  ].flat()
  return parts.join(', ') || 'nothing was left of it'
}

/** Which machines may still become nodes if they are given more time. */
function stillPossible(
  { entries, order }: Journal,
  mine: readonly Node[],
  alive: readonly Machine[],
): string | undefined {
  const creates = entries.filter(({ intent }) => intent.act.call === 'create')
  const last = Math.max(0, ...creates.map(({ intent }) => intent.at))
  if (Date.now() - last >= order.timeout) return undefined
  const booting = alive
    .filter(({ state }) => state === 'pending' || state === 'running')
    .map((machine) => nameOfMachine(machine, mine, entries))
  const unfinished = mine.filter((node) => !wasOnline(node) && booting.includes(node.name))
  if (unfinished.length === 0) return undefined
  return `${unfinished.map(({ name }) => name).join(', ')} may still come online`
}

/** Nodes that made it are kept; only their zone label is made sure of. */
async function adopt(
  mine: readonly Node[],
  alive: readonly Machine[],
  scope: Scope,
  call: Call,
): Promise<void> {
  for (const node of mine.filter(wasOnline)) {
    const machine = alive.find(({ id }) => id === node.machine?.id)
    if (machine !== undefined) await correctZoneLabel(node, machine.zone, { scope, call })
  }
}

/**
 * Finishes what had begun: drops records of machines that are gone. A machine that still runs was not
 * terminated, and is left to the user, who may have thought better of it.
 */
async function settleTerminate(journal: Journal, scope: Scope, call: Call): Promise<Verdict> {
  const { order } = journal
  const ids = order.nodes.flatMap(({ machine }) => machine ?? [])
  const found = ids.length === 0 ? [] : await scope.session.find({ ids, owner: scope.owner }, call)
  const running = new Set(
    found.filter(({ state }) => state !== 'gone' && state !== 'going').map(({ id }) => id),
  )
  const nodes = await scope.master.nodes(scope.owner.grid, call.signal)
  const shown = new Set(found.map(({ id }) => id))
  const spared = new Set<string>()
  for (const wanted of order.nodes) {
    const node = nodes.find((candidate) => isSameNode(candidate, wanted))
    if (node === undefined) continue
    if (node.machine !== null && node.connected && !shown.has(node.machine.id)) {
      return { open: true, text: `${node.name} is online, but the cloud does not show its machine` }
    }
    if (wanted.machine === undefined || !running.has(wanted.machine)) {
      await removeRecord(node.name, { scope, journal, call })
      continue
    }
    spared.add(node.name)
    scope.emit({ type: 'warning', message: describeSpared(wanted, found) })
    if (wanted.availability !== 'active' || node.availability === 'active') continue
    const active = { availability: wanted.availability }
    await scope.master.updateNode(order.grid, node.name, active, call.signal)
  }
  const free = await removeSharedIfLast({ scope, journal, call, patience })
  if (!free) return { open: true, text: 'the firewall is still in use' }
  const gone = order.nodes.filter(({ machine }) => machine === undefined || !running.has(machine))
  const names = gone.map(({ name }) => name)
  return { open: false, text: describeSettled(names, spared, journal) }
}

function describeSpared(
  { name, machine }: OrderRecord['nodes'][number],
  found: readonly Machine[],
): string {
  const isStopped = found.some(({ id, state }) => id === machine && state === 'stopped')
  return `${name} was not terminated and ${isStopped ? 'its machine is stopped' : 'still runs'}`
}

/** By its machine, else by the order that made it: the name alone may be another's by now. */
function isSameNode(node: Node, wanted: OrderRecord['nodes'][number]): boolean {
  if (node.machine !== null) return node.machine.id === wanted.machine
  return node.name === wanted.name && (node.order ?? undefined) === wanted.order
}
