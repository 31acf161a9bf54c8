import { MasterError, type MasterErrorKind } from '@kontena/protocol'
import { ulid } from 'ulid'
import { ProvisionError } from '../errors.ts'
import { withNodeRecords } from '../node-records.ts'
import { poll } from '../wait.ts'
import { awaitDrained } from './await-drained.ts'
import type { NodeWithMachine } from './find-nodes.ts'
import { type Journal, openJournal } from './journal.ts'
import {
  type NamedMachine,
  orLeftBehind,
  type Removal,
  removeRecord,
  removeSharedIfLast,
  terminateMachines,
} from './remove-machines.ts'
import type { Scope } from './scope.ts'
import { findUnseenMachine } from './unseen-machines.ts'

export interface TerminateOptions {
  readonly nodes: readonly NodeWithMachine[]
  /** Milliseconds that services have to leave a node before its machine ends. */
  readonly drainTimeout: number
  /** Milliseconds machines may take to be gone. */
  readonly timeout: number
}

/** A node of a grid token comes back under a live agent, so its record waits for the agent's end. */
const offlineInterval = 1_000

/**
 * Takes machines, all that came with them and their node records away together. Every step may be
 * repeated: run again after whatever failure, it goes on where it stopped.
 * Rejects with `LEFT_BEHIND` where machines or the firewall are still there at the deadline.
 */
export async function terminateNodes(options: TerminateOptions, scope: Scope): Promise<void> {
  const call = { signal: scope.signal }
  const { nodes } = options
  const journal = await openTerminateJournal(nodes, options.timeout, scope)
  let open = true
  try {
    await drain(nodes, options.drainTimeout, { scope, journal, call })
    const shown: NodeWithMachine[] = []
    for (const node of nodes) shown.push(await findUnseenMachine(node, scope, call))
    await takeAway(shown, options, { scope, journal, call })
    open = !(await removeSharedIfLast({ scope, journal, call }))
  } catch (error) {
    open = !isUntouched(journal)
    throw error
  } finally {
    if (open) journal.release()
    else journal.close()
  }
  if (open) throw firewallLeft(journal.order.id, scope)
}

export function openTerminateJournal(
  nodes: readonly NodeWithMachine[],
  timeout: number,
  scope: Scope,
): Promise<Journal> {
  return openJournal(scope.orders, {
    type: 'order',
    version: 1,
    kind: 'terminate',
    id: ulid(),
    at: Date.now(),
    provider: scope.provider.name,
    account: { id: scope.account.id, region: scope.account.region },
    master: { uuid: scope.owner.master, url: scope.master.url },
    grid: scope.owner.grid,
    timeout,
    nodes: nodes.map(({ name, node, machine }) => ({
      name,
      machine: machine?.id ?? node?.machine?.id,
      order: node?.order ?? machine?.order,
      availability: node?.availability,
    })),
  })
}

async function drain(
  nodes: readonly NodeWithMachine[],
  drainTimeout: number,
  { scope, journal, call }: Removal,
): Promise<void> {
  const active = nodes.flatMap(({ node }) => (node?.availability === 'active' ? node : []))
  if (active.length === 0) return
  const intent = journal.intend({ call: 'drain', names: active.map(({ name }) => name) })
  for (const { name } of active) {
    try {
      await scope.master.updateNode(scope.owner.grid, name, { availability: 'drain' }, call.signal)
    } catch (error) {
      if (!isRefusal(error, 'not-found')) throw error
    }
  }
  journal.record(intent)
  if (drainTimeout === 0) return
  const names = active.map(({ name }) => name)
  const reason = `draining ${names.join(', ')}`
  scope.emit({ type: 'waiting', reason, milliseconds: drainTimeout })
  await awaitDrained(names, drainTimeout, scope)
}

async function takeAway(
  nodes: readonly NodeWithMachine[],
  options: TerminateOptions,
  removal: Removal,
): Promise<void> {
  const { scope } = removal
  const { timeout } = options
  const doomed = nodes.filter(hasMachine)
  for (const { name, machine } of doomed) {
    const { id, zone } = machine
    scope.emit({ type: 'node', name, phase: 'terminating', machine: id, zone })
  }
  const dropRecord = async ({ name, node }: NodeWithMachine): Promise<void> => {
    if (node === undefined) scope.emit({ type: 'node', name, phase: 'gone' })
    else await removeOfflineRecord(name, node.has_token, timeout, removal)
  }
  for (const node of nodes) if (!hasMachine(node)) await dropRecord(node)
  await terminateMachines(doomed, { ...removal, timeout, onGone: dropRecord })
}

function hasMachine(node: NodeWithMachine): node is NodeWithMachine & NamedMachine {
  return node.machine !== undefined
}

async function removeOfflineRecord(
  name: string,
  hasToken: boolean,
  timeout: number,
  removal: Removal,
): Promise<void> {
  if (hasToken) {
    await removeRecord(name, removal)
    return
  }
  const { scope, call } = removal
  const { master, owner } = scope
  const deadline = Date.now() + timeout
  const options = {
    reason: `${name} to be offline`,
    every: offlineInterval,
    timeout,
    signal: call.signal,
  }
  const watch = { master, grid: owner.grid, names: [name], signal: call.signal }
  let again = true
  const removed = withNodeRecords(watch, ({ read, pause }) =>
    poll({ ...options, pause }, async () => {
      const found = await read(again || Date.now() >= deadline)
      const node = found?.find((one) => one.name === name)
      again = false
      if (found === undefined || node?.connected) return undefined
      if (node === undefined) scope.emit({ type: 'node', name, phase: 'gone' })
      else again = !(await isRemoved(name, removal))
      return again ? undefined : true
    }),
  )
  await orLeftBehind(removed, () => `${name} is still online though its machine is gone`)
}

/** False while the master says that the node is online after all. */
async function isRemoved(name: string, removal: Removal): Promise<boolean> {
  try {
    await removeRecord(name, removal)
    return true
  } catch (error) {
    if (isRefusal(error, 'invalid')) return false
    throw error
  }
}

function isRefusal(error: unknown, kind: MasterErrorKind): boolean {
  return error instanceof MasterError && error.kind === kind
}

function isUntouched({ entries }: Journal): boolean {
  return entries.length === 0
}

function firewallLeft(order: string, scope: Scope): ProvisionError {
  return new ProvisionError(
    'LEFT_BEHIND',
    `the machines are gone, but the firewall of grid ${scope.owner.grid} is still held by something`,
    {
      hint: `order ${order} stays open; the next kontena ${scope.provider.name} command removes it`,
    },
  )
}
