import { isFailure, ProvisionError } from '../errors.ts'
import type { BatchResult, Machine, MachineBatch, Shared } from '../provider.ts'
import { severalAtOnce } from '../several-at-once.ts'
import { sleep } from '../wait.ts'
import type { Journal } from './journal.ts'
import { findLostMachines, type LostCreate } from './lost-machines.ts'
import { nameInBatch } from './machine-names.ts'
import { batchNodes, batchSize, type Plan } from './plan.ts'
import type { Scope } from './scope.ts'

/** What came of asking the cloud for machines. */
export interface Started {
  readonly machines: ReadonlyMap<string, Machine>
  /** Why nodes got no machine, by name. */
  readonly failures: ReadonlyMap<string, ProvisionError>
  /** Some call got no answer: machines may exist that nobody has seen yet. */
  readonly uncertain: boolean
  /** Some node may have got two machines. */
  readonly mayHaveDoubles: boolean
}

export interface StartOptions {
  readonly plan: Plan
  readonly scope: Scope
  readonly journal: Journal
  readonly shared: Shared
  /** Prepares again, where what machines share vanished in between. */
  readonly prepareAgain: () => Promise<Shared>
  /** User data of machines with these names. */
  readonly bootstrap: (names: readonly string[]) => Uint8Array
}

/** A call that makes machines may take this long; it is not cut off when the command is cancelled. */
const createTimeout = 120_000
/** Milliseconds before each further try while the cloud does not see what was prepared. */
const busyPauses = [0, 2_000, 5_000]
/** Calls that make machines and run at the same time. */
const callsAtOnce = 8

/**
 * One call per zone and batch. A zone without room for all is asked once for as many as it has; the rest
 * goes to the other zones, one after another. Never rejects for the cloud's sake: failures are told by
 * node. For a bug it rejects only when every call has ended, as each may make machines.
 */
export async function startMachines(options: StartOptions): Promise<Started> {
  const { plan, scope } = options
  const work: Work = {
    options,
    machines: new Map(),
    failures: new Map(),
    calls: 0,
    shared: options.shared,
    prepared: undefined,
    uncertain: false,
    mayHaveDoubles: false,
  }
  const full: { zone: string; names: readonly string[] }[] = []
  const batches = batchNodes(plan.nodes, scope.provider, plan.preflight)
  const ends = await severalAtOnce(batches, callsAtOnce, async ({ zone, names }) => {
    const rest = await fillZone(work, zone, names)
    if (rest.length > 0) full.push({ zone, names: rest })
  })
  for (const end of ends) if (end.status === 'rejected') throw end.reason
  let homeless = full.flatMap(({ names }) => names)
  const others = homeless.length === 0 ? [] : await otherZones(scope, full)
  for (const zone of others) homeless = await fillElsewhere(work, zone, homeless)
  return work
}

/** What the attempts of one order share. */
interface Work {
  readonly options: StartOptions
  readonly machines: Map<string, Machine>
  readonly failures: Map<string, ProvisionError>
  /** Attempts so far; each has a token of its own. */
  calls: number
  shared: Shared
  prepared: Promise<Shared> | undefined
  uncertain: boolean
  mayHaveDoubles: boolean
}

/** What one zone is asked for. */
type Wanted = Pick<MachineBatch, 'zone' | 'names' | 'minimum'>

async function fillZone(
  work: Work,
  zone: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const rest = await ask(work, { zone, names, minimum: 'all' })
  return rest.length > 1 ? ask(work, { zone, names: rest, minimum: 'some' }) : rest
}

/** Gives a zone batch after batch until it is full. Returns the names that are still without a machine. */
async function fillElsewhere(
  work: Work,
  zone: string,
  names: readonly string[],
): Promise<string[]> {
  const { plan, scope } = work.options
  const size = batchSize(scope.provider, plan.preflight.format)
  for (let asked = 0; asked < names.length; asked += size) {
    const some = names.slice(asked, asked + size)
    const rest = await ask(work, { zone, names: some, minimum: 'some' })
    if (rest.length > 0) return [...rest, ...names.slice(asked + size)]
  }
  return []
}

async function otherZones(scope: Scope, full: readonly { zone: string }[]): Promise<string[]> {
  try {
    const zones = await scope.session.zones({ signal: scope.signal })
    return zones.map(({ name }) => name).filter((name) => !full.some(({ zone }) => zone === name))
  } catch {
    return []
  }
}

/** Asks one zone for machines. Returns the names for which asking elsewhere may help. */
async function ask(work: Work, wanted: Wanted): Promise<readonly string[]> {
  const { zone, names } = wanted
  if (work.options.scope.signal.aborted) {
    for (const name of names) work.failures.set(name, cancelled(name))
    return []
  }
  const made = await createWhenReady(work, wanted)
  place(work, made.machines, names)
  const missing = names.filter((name) => !work.machines.has(name))
  const why = made.failure ?? noRoom(zone)
  for (const name of missing) work.failures.set(name, why)
  return isFailure(why, 'NO_CAPACITY', 'QUOTA_EXCEEDED') ? missing : []
}

/** What machines share may have vanished, or be too new for the cloud to see: prepare again, once. */
async function createWhenReady(work: Work, wanted: Wanted): Promise<BatchResult> {
  let made = await create(work, wanted)
  for (const pause of busyPauses) {
    if (made.machines.length > 0 || !isFailure(made.failure, 'BUSY')) break
    const failure = await prepareAgain(work, pause)
    if (failure !== undefined) return { machines: [], failure }
    made = await create(work, wanted)
  }
  return made
}

/** Once for all zones, then waits for the cloud to see it. Returns why it did not work. */
async function prepareAgain(work: Work, pause: number): Promise<ProvisionError | undefined> {
  const { scope } = work.options
  work.prepared ??= work.options.prepareAgain()
  try {
    work.shared = await work.prepared
    await sleep(pause, scope.signal)
    return undefined
  } catch (error) {
    if (isFailure(error)) return error
    if (!scope.signal.aborted) throw error
    return new ProvisionError('CANCELLED', 'the command was cancelled', { cause: error })
  }
}

async function create(work: Work, wanted: Wanted): Promise<BatchResult> {
  const { zone, names } = wanted
  const { plan, scope, journal, bootstrap } = work.options
  const token = `${plan.id}-${work.calls++}`
  const batch: MachineBatch = {
    owner: scope.owner,
    order: plan.id,
    ...wanted,
    userData: bootstrap(names),
    shared: work.shared,
    token,
    sshKeys: plan.request.sshKeys,
    tags: plan.request.tags,
  }
  let intent: number | undefined
  try {
    intent = journal.intend({ call: 'create', zone, names: [...names], token })
    const signal = AbortSignal.timeout(createTimeout)
    const made = await scope.session.create(batch, { signal })
    journal.record(intent, { machines: named(made.machines, names) })
    return made
  } catch (error) {
    const failure = asFailure(error, zone)
    if (intent === undefined) return { machines: [], failure }
    if (failure.code === 'UNAVAILABLE') return recover(work, { names, token, intent, failure })
    journal.record(intent, { failure: failure.code })
    return { machines: [], failure }
  }
}

interface Unanswered extends LostCreate {
  readonly intent: number
  readonly failure: ProvisionError
}

/** What a call without an answer has made all the same. What is not found stays for the order's end. */
async function recover(work: Work, lost: Unanswered): Promise<BatchResult> {
  const { scope, journal } = work.options
  const { names, intent, failure } = lost
  if (scope.provider.abilities.idempotentCreate) {
    work.uncertain = true
    return { machines: [], failure }
  }
  work.mayHaveDoubles = true
  const machines = await findLostMachines(lost, { scope, journal })
  if (machines.length === names.length) {
    journal.record(intent, { machines: named(machines, names) })
  } else work.uncertain = true
  return { machines, failure }
}

function place(work: Work, machines: readonly Machine[], names: readonly string[]): void {
  for (const [index, machine] of machines.entries()) {
    const name = nameInBatch(machine, names) ?? names[index]
    if (name === undefined || work.machines.has(name)) {
      work.mayHaveDoubles = true
      continue
    }
    work.machines.set(name, machine)
    work.failures.delete(name)
    const phase = machine.state === 'running' ? 'running' : 'starting'
    work.options.scope.emit({ type: 'node', name, phase, machine: machine.id, zone: machine.zone })
  }
}

function named(
  machines: readonly Machine[],
  names: readonly string[],
): { id: string; name: string; zone: string }[] {
  return machines.map((machine, index) => ({
    id: machine.id,
    name: nameInBatch(machine, names) ?? names[index] ?? '',
    zone: machine.zone,
  }))
}

function noRoom(zone: string): ProvisionError {
  return new ProvisionError('NO_CAPACITY', `${zone} had no room for more machines`, {
    hint: 'choose another size or zone, or try again later',
  })
}

function cancelled(name: string): ProvisionError {
  return new ProvisionError('CANCELLED', `${name} was not started`)
}

/** An aborted or timed out call may have happened, which is what UNAVAILABLE says. */
function asFailure(error: unknown, zone: string): ProvisionError {
  if (isFailure(error)) return error
  if (error instanceof Error && (error.name === 'TimeoutError' || error.name === 'AbortError')) {
    return new ProvisionError('UNAVAILABLE', `no answer about machines in ${zone}`, {
      cause: error,
    })
  }
  throw error
}
