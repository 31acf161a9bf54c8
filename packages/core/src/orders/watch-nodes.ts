import { MasterError, type Node } from '@kontena/protocol'
import { isFailure, ProvisionError } from '../errors.ts'
import { type NodePhase, nodePhases } from '../events.ts'
import { type NodeRecords, withNodeRecords } from '../node-records.ts'
import type { Machine } from '../provider.ts'
import { poll, sleep } from '../wait.ts'
import { isOnline } from './online-nodes.ts'
import type { Scope } from './scope.ts'

/** Milliseconds between looks at the cloud: one batched call each, however many nodes. */
const cloudInterval = 5_000
/** Milliseconds between looks at what the master told, and at the time. */
const masterInterval = 1_000

export interface WatchedNode {
  readonly name: string
  phase: NodePhase
  /** When the phase began. */
  since: number
  machine: Machine
  error: ProvisionError | undefined
}

export interface Watch {
  readonly nodes: readonly WatchedNode[]
  /** The master did not answer when a deadline passed, so nobody knows who is online. */
  readonly blind: boolean
}

/**
 * Waits until every machine is an online node, has failed, or has spent its time in one phase.
 * Rejects with the signal's reason when the command is cancelled.
 */
export async function watchNodes(
  machines: ReadonlyMap<string, Machine>,
  timeout: number,
  scope: Scope,
): Promise<Watch> {
  const now = Date.now()
  const nodes = [...machines].map(([name, machine]): WatchedNode => {
    const phase = machine.state === 'running' ? 'running' : 'starting'
    return { name, phase, since: now, machine, error: undefined }
  })
  const done = new AbortController()
  const finish = (): void => {
    if (nodes.every(isSettled)) done.abort()
  }
  finish()
  const signal = AbortSignal.any([scope.signal, done.signal])
  const work: Work = { nodes, timeout, scope, signal, finish, blind: false }
  try {
    await Promise.all([watchMaster(work), watchCloud(work)])
  } catch (error) {
    scope.signal.throwIfAborted()
    if (!done.signal.aborted) throw error
  } finally {
    done.abort()
  }
  return { nodes, blind: work.blind }
}

/** What the two loops share. */
interface Work {
  readonly nodes: readonly WatchedNode[]
  readonly timeout: number
  readonly scope: Scope
  readonly signal: AbortSignal
  /** Ends both loops once no node is left to wait for. */
  readonly finish: () => void
  blind: boolean
}

function isSettled(node: WatchedNode): boolean {
  return node.phase === 'online' || node.phase === 'failed'
}

async function watchMaster(work: Work): Promise<void> {
  const { nodes, scope, signal } = work
  const names = nodes.map(({ name }) => name)
  const { master, owner } = scope
  await withNodeRecords({ master, grid: owner.grid, names, signal }, async (records) => {
    const look = lookAtMaster(work, records)
    const options = { reason: 'nodes to come online', every: masterInterval, signal }
    await poll({ ...options, pause: records.pause }, look)
  })
}

function lookAtMaster(work: Work, records: NodeRecords): () => Promise<undefined> {
  const { nodes, timeout, scope, finish } = work
  const lateNodes = () =>
    nodes.filter((node) => !isSettled(node) && Date.now() - node.since >= timeout)
  let silent = false
  return async () => {
    try {
      // Whoever is late gets a last look: what came in time may not have been told yet.
      const found = await records.read(lateNodes().length > 0)
      if (found !== undefined) {
        seeRecords(nodes, found, scope)
        silent = false
      }
    } catch (error) {
      if (!(error instanceof MasterError)) throw error
      if (!silent) scope.emit({ type: 'warning', message: error.message })
      silent = true
    }
    const late = lateNodes()
    work.blind ||= silent && late.length > 0
    for (const node of late) fail(node, overdue(node, timeout, scope, silent), scope)
    finish()
    return undefined
  }
}

async function watchCloud({ nodes, scope, signal, finish }: Work): Promise<void> {
  let silent = false
  await sleep(cloudInterval, signal)
  await poll({ reason: 'machines to run', every: cloudInterval, signal }, async () => {
    const waiting = nodes.filter((node) => !isSettled(node))
    try {
      const ids = waiting.map(({ machine }) => machine.id)
      const found = await scope.session.find({ ids, owner: scope.owner }, { signal })
      const byId = new Map(found.map((machine) => [machine.id, machine]))
      for (const node of waiting) seeMachine(node, byId.get(node.machine.id), scope)
      silent = false
    } catch (error) {
      // Whatever the cloud refuses by now, the master still tells who is online.
      if (!isFailure(error)) throw error
      if (!silent) scope.emit({ type: 'warning', message: error.message, hint: error.hint })
      silent = true
    }
    finish()
    return undefined
  })
}

function seeRecords(nodes: readonly WatchedNode[], records: readonly Node[], scope: Scope): void {
  const byName = new Map(records.map((record) => [record.name, record]))
  for (const node of nodes) {
    if (isSettled(node)) continue
    const record = byName.get(node.name)
    const taker = record?.machine?.id ?? node.machine.id
    if (record === undefined) {
      fail(node, lostRecord(node.name, scope.owner.grid), scope)
    } else if (record.enrolment === 'contested') {
      fail(node, contested(node.name), scope)
    } else if (taker !== node.machine.id) {
      fail(node, foreign(node.name, taker, node.machine), scope)
    } else {
      advance(node, masterPhase(record), scope)
    }
  }
}

function masterPhase(node: Node): NodePhase | undefined {
  if (isOnline(node)) return 'online'
  if (node.status === 'connecting') return 'connecting'
  return node.enrolment === 'enrolled' ? 'enrolled' : undefined
}

function advance(node: WatchedNode, phase: NodePhase | undefined, scope: Scope): void {
  if (phase === undefined || nodePhases.indexOf(phase) <= nodePhases.indexOf(node.phase)) return
  node.phase = phase
  node.since = Date.now()
  const { id, zone } = node.machine
  scope.emit({ type: 'node', name: node.name, phase, machine: id, zone })
}

function seeMachine(node: WatchedNode, machine: Machine | undefined, scope: Scope): void {
  if (isSettled(node) || machine === undefined) return
  node.machine = machine
  switch (machine.state) {
    case 'running':
      advance(node, 'running', scope)
      break
    case 'pending':
      break
    default:
      fail(node, stopped(node.name, machine), scope)
  }
}

function fail(node: WatchedNode, error: ProvisionError, scope: Scope): void {
  node.phase = 'failed'
  node.error = error
  scope.emit({ type: 'node-failed', name: node.name, error })
}

function stopped(name: string, machine: Machine): ProvisionError {
  const reason = machine.reason === undefined ? '' : `: ${machine.reason}`
  return new ProvisionError(
    'MACHINE_FAILED',
    `machine ${machine.id} of ${name} is ${machine.state}${reason}`,
    { hint: 'it ended before it was a node: try again, or in another zone' },
  )
}

function lostRecord(name: string, grid: string): ProvisionError {
  return new ProvisionError(
    'MACHINE_FAILED',
    `the record of node ${name} was removed from grid ${grid}`,
  )
}

const leakHint =
  "the user data of this order may have been read by another; see the master's audit log"

/** Whoever takes a name first can be online, and the order over, before its machine asks for it. */
function foreign(name: string, taker: string, machine: Machine): ProvisionError {
  const message = `the name ${name} was taken by ${taker}, and is for machine ${machine.id}`
  return new ProvisionError('MACHINE_FAILED', message, { hint: leakHint })
}

function contested(name: string): ProvisionError {
  return new ProvisionError(
    'MACHINE_FAILED',
    `somebody else tried to enrol as ${name} with another token`,
    { hint: leakHint },
  )
}

function overdue(
  node: WatchedNode,
  timeout: number,
  scope: Scope,
  silent: boolean,
): ProvisionError {
  const seconds = Math.round(timeout / 1000)
  const cause = silent ? 'the master does not answer' : likelyCause(node.phase, scope.masterUrl)
  return new ProvisionError('TIMED_OUT', `${node.name} stayed ${node.phase} for ${seconds} s`, {
    hint: cause,
  })
}

function likelyCause(phase: NodePhase, masterUrl: string): string {
  switch (phase) {
    case 'starting':
      return 'the cloud has not started the machine; see its console'
    case 'running':
      return `the machine runs but did not enrol: it may not reach ${masterUrl}, or did not finish booting`
    case 'enrolled':
      return "the machine enrolled but its agent does not connect: installing Docker or fetching the agent's image may have failed"
    default:
      return 'the agent is connected but does not report; see its log with: docker logs kontena-agent'
  }
}
