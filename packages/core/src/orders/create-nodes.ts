import { randomBytes } from 'node:crypto'
import { MasterError } from '@kontena/protocol'
import { isFailure, ProvisionError } from '../errors.ts'
import type { Call, Machine, Prepared, Shared } from '../provider.ts'
import { type Journal, openJournal } from './journal.ts'
import { orderBootstrap } from './order-bootstrap.ts'
import { machineOrder, type Plan } from './plan.ts'
import { registerNodes } from './register-nodes.ts'
import { endReplaced } from './replacement.ts'
import { rollBack } from './roll-back.ts'
import type { Scope } from './scope.ts'
import { type Started, startMachines } from './start-machines.ts'
import { type Watch, type WatchedNode, watchNodes } from './watch-nodes.ts'
import { correctZoneLabel } from './zone-label.ts'

export interface FinishedNode {
  readonly name: string
  readonly machine: Machine
}

export interface FailedNode {
  readonly name: string
  readonly error: ProvisionError
  /** Its machine, where one was made and is still there. */
  readonly left: Machine | undefined
}

/** What an order came to. */
export interface Outcome {
  readonly order: string
  readonly online: readonly FinishedNode[]
  readonly failed: readonly FailedNode[]
  /** Something may be left that nobody has seen; the next command settles it. */
  readonly open: boolean
  /** The command was cancelled before all was done. */
  readonly interrupted: boolean
}

/** Clean-up goes on after Ctrl-C, but not for ever. */
const cleanUpTimeout = 600_000
/** Names on machines are a kindness to people who look at the console; they hold nothing up. */
const namingTimeout = 15_000
/** Consoles that are shown, and the lines of each. */
const consoleLimit = 3
const consoleLines = 15

interface Run {
  readonly plan: Plan
  readonly scope: Scope
  readonly journal: Journal
}

/** How far an order got. */
interface Progress {
  readonly started?: Started
  readonly watch?: Watch
  /** What ended it early: a failure of the whole order, or the user. */
  readonly stopped?: unknown
}

/**
 * Carries a plan out: registers the nodes, makes the machines, waits until they are online, and deals
 * with those that are not. Rejects only while no new machine can exist yet; what happened after that is
 * told by the outcome.
 */
export async function createNodes(plan: Plan, scope: Scope): Promise<Outcome> {
  const secret = randomBytes(32).toString('hex')
  const journal = await openJournal(scope.orders, {
    type: 'order',
    version: 1,
    kind: 'create',
    id: plan.id,
    at: Date.now(),
    provider: scope.provider.name,
    account: { id: scope.account.id, region: scope.account.region },
    master: { uuid: scope.owner.master, url: scope.master.url },
    grid: scope.owner.grid,
    timeout: plan.request.timeout,
    onFailure: plan.request.onFailure,
    nodes: plan.nodes.map(({ name }) => ({ name, ...replacedPart(plan) })),
  })
  let open = false
  try {
    const ready = await makeWay({ plan, scope, journal })
    const registered = await registerNodes(ready, secret, { scope, journal })
    open = true
    const outcome = await runOrder({ plan: registered, scope, journal }, secret)
    open = outcome.open
    return outcome
  } catch (error) {
    open ||= isFailure(error, 'LEFT_BEHIND')
    throw error
  } finally {
    if (open) journal.release()
    else journal.close()
  }
}

/** What the journal has to know of a node that was there before. */
function replacedPart({ replaced }: Plan) {
  if (replaced === undefined) return {}
  const { node, machine } = replaced
  return {
    replaced: true,
    machine: machine?.id ?? node?.machine?.id,
    order: node?.order ?? undefined,
  }
}

/** Ends the machine whose place another is to take. */
async function makeWay({ plan, scope, journal }: Run): Promise<Plan> {
  const { replaced, request } = plan
  if (replaced === undefined) return plan
  const call = { signal: scope.signal }
  const replace = await endReplaced(replaced, { scope, journal, call, timeout: request.timeout })
  return { ...plan, nodes: plan.nodes.map((node) => ({ ...node, replace })) }
}

async function runOrder(run: Run, secret: string): Promise<Outcome> {
  const { plan, scope } = run
  const nodes = plan.nodes.map(({ name, zone }) => ({ name, zone }))
  scope.emit({ type: 'order-opened', order: plan.id, nodes })
  let progress: Progress = {}
  try {
    const started = await start(run, secret)
    progress = { started }
    const named = nameMachines(started, scope)
    const watch = await watchNodes(started.machines, plan.request.timeout, scope)
    progress = { started, watch }
    await named
  } catch (stopped) {
    progress = { ...progress, stopped }
  }
  const outcome = await conclude(run, progress)
  if (progress.stopped !== undefined && !isForeseen(progress.stopped, scope)) throw progress.stopped
  return outcome
}

async function start({ plan, scope, journal }: Run, secret: string): Promise<Started> {
  const prepare = async (): Promise<Prepared> => {
    scope.emit({ type: 'step', step: 'firewall' })
    const intent = journal.intend({ call: 'prepare' })
    const call = { signal: scope.signal }
    const prepared = await scope.session.prepare(machineOrder(plan.request, scope), call)
    journal.record(intent)
    return prepared
  }
  const { shared, network } = await prepare()
  scope.emit({ type: 'step', step: 'machines' })
  const bootstrap = orderBootstrap(plan, scope, { secret, network })
  const prepareAgain = async (): Promise<Shared> => (await prepare()).shared
  return startMachines({ plan, scope, journal, shared, prepareAgain, bootstrap })
}

/** Runs beside the wait, and is never a reason to fail. */
async function nameMachines({ machines }: Started, scope: Scope): Promise<void> {
  if (machines.size === 0 || scope.session.nameMachines === undefined) return
  const signal = AbortSignal.any([scope.signal, AbortSignal.timeout(namingTimeout)])
  const pairs = [...machines].map(([name, { id }]) => ({ id, name }))
  try {
    await scope.session.nameMachines(pairs, { signal })
  } catch (error) {
    if (scope.signal.aborted) return
    const reason = isFailure(error) ? error.message : 'it took too long'
    scope.emit({ type: 'warning', message: `machines got no names in the console: ${reason}` })
  }
}

/** Applies the failure policy, ends the order's secret, and tells what is there now. */
async function conclude(run: Run, progress: Progress): Promise<Outcome> {
  const { plan, scope } = run
  const call: Call = { signal: AbortSignal.timeout(cleanUpTimeout) }
  const blind = progress.watch?.blind ?? false
  await tellConsoles(progress.watch?.nodes ?? [], scope, call)
  const { online, left, complete } = await applyPolicy(run, progress, call)
  if (!blind) await correctZones(new Map([...online, ...left]), run, call)
  if (online.size === plan.nodes.length) await endEnrolment(scope, plan.id, call)
  return {
    order: plan.id,
    online: [...online].map(([name, machine]) => ({ name, machine })),
    failed: plan.nodes
      .filter(({ name }) => !online.has(name))
      .map(({ name }) => ({ name, error: whyNot(name, progress, scope), left: left.get(name) })),
    open: !complete || (progress.started?.uncertain ?? false),
    interrupted: scope.signal.aborted && online.size < plan.nodes.length,
  }
}

/** What is there after the failure policy: machines by node, and whether all else is gone. */
interface Remains {
  readonly online: ReadonlyMap<string, Machine>
  readonly left: ReadonlyMap<string, Machine>
  readonly complete: boolean
}

/** Nobody knows who is online while the master is silent, so nothing is taken away then. */
async function applyPolicy(run: Run, progress: Progress, call: Call): Promise<Remains> {
  const { request, nodes } = run.plan
  const known = latestMachines(progress)
  const online = new Map([...known].filter(([name]) => cameOnline(name, progress)))
  const others = new Map([...known].filter(([name]) => !online.has(name)))
  if (progress.watch?.blind) return { online, left: others, complete: false }
  const left = request.onFailure === 'keep' ? others : new Map<string, Machine>()
  const spared = new Set([...online.keys(), ...left.keys()])
  const names = nodes.map(({ name }) => name).filter((name) => !spared.has(name))
  const isOneEach = progress.started?.mayHaveDoubles !== true
  if (names.length === 0 && isOneEach) return { online, left, complete: true }
  const keepSecret = left.size > 0
  const rolled = await rollBack({ ...run, names, spared, known, keepSecret, call })
  for (const { name, machine, isOnline } of rolled.rescued) {
    if (machine !== undefined) (isOnline ? online : left).set(name, machine)
  }
  return { online, left: new Map([...left, ...rolled.left]), complete: rolled.complete }
}

/** Machines by node, as they were last seen. */
function latestMachines({ started, watch }: Progress): Map<string, Machine> {
  const watched = (watch?.nodes ?? []).map(({ name, machine }) => [name, machine] as const)
  return new Map([...(started?.machines ?? []), ...watched])
}

function cameOnline(name: string, { watch }: Progress): boolean {
  return watch?.nodes.find((node) => node.name === name)?.phase === 'online'
}

function whyNot(name: string, progress: Progress, scope: Scope): ProvisionError {
  const seen = progress.watch?.nodes.find((node) => node.name === name)?.error
  const known = seen ?? progress.started?.failures.get(name)
  if (known !== undefined) return known
  if (isFailure(progress.stopped)) return progress.stopped
  const reason = scope.signal.aborted ? 'the command was cancelled' : 'the order was cut short'
  return new ProvisionError('CANCELLED', reason)
}

/** The end of the console of each machine that failed, where its cloud keeps one. */
async function tellConsoles(
  watched: readonly WatchedNode[],
  scope: Scope,
  call: Call,
): Promise<void> {
  const { consoleLog } = scope.session
  if (consoleLog === undefined) return
  const failed = watched.filter(({ phase }) => phase === 'failed').slice(0, consoleLimit)
  for (const { name, machine } of failed) {
    try {
      const text = await consoleLog(machine.id, call)
      const lines = text?.trimEnd().split('\n').slice(-consoleLines)
      if (lines !== undefined) scope.emit({ type: 'console', name, lines })
    } catch (error) {
      if (!isFailure(error)) throw error
    }
  }
}

/** The record is read again first, since somebody may have labelled the node in the meantime. */
async function correctZones(
  machines: ReadonlyMap<string, Machine>,
  { plan, scope }: Run,
  call: Call,
): Promise<void> {
  const { master, owner } = scope
  for (const { name, zone: planned } of plan.nodes) {
    const zone = machines.get(name)?.zone
    if (zone === undefined || zone === planned) continue
    try {
      const node = await master.node(owner.grid, name, call.signal)
      await correctZoneLabel(node, zone, { scope, call })
    } catch (error) {
      if (!(error instanceof MasterError)) throw error
      scope.emit({ type: 'warning', message: `label az of ${name} is wrong: ${error.message}` })
    }
  }
}

async function endEnrolment(scope: Scope, order: string, call: Call): Promise<void> {
  try {
    await scope.master.endEnrolment(scope.owner.grid, order, call.signal)
  } catch (error) {
    if (!(error instanceof MasterError)) throw error
  }
}

function isForeseen(error: unknown, scope: Scope): boolean {
  return scope.signal.aborted || isFailure(error) || error instanceof MasterError
}
