import { isFailure, ProvisionError } from '../errors.ts'
import type { BatchResult, Machine, MachineBatch, Shared } from '../provider.ts'
import type { Journal } from './journal.ts'
import { groupByZone, type Plan } from './plan.ts'
import type { Scope } from './scope.ts'

/** What came of asking the cloud for machines. */
export interface Started {
  readonly machines: ReadonlyMap<string, Machine>
  /** Why nodes got no machine, by name. */
  readonly failures: ReadonlyMap<string, ProvisionError>
  /** Some call got no answer: machines may exist that nobody has seen yet. */
  readonly uncertain: boolean
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

/**
 * One call per zone. A zone without room for all is asked once for as many as it has; the rest goes to
 * the other zones, one after another. Never rejects for the cloud's sake: failures are told by node.
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
  }
  const zones = [...groupByZone(plan.nodes)]
  const leftovers = await Promise.all(
    zones.map(async ([zone, nodes]) => {
      const names = nodes.map(({ name }) => name)
      return { zone, names: await fillZone(work, zone, names) }
    }),
  )
  const full = leftovers.filter(({ names }) => names.length > 0)
  let homeless: readonly string[] = full.flatMap(({ names }) => names)
  const others = homeless.length === 0 ? [] : await otherZones(scope, full)
  for (const zone of others) {
    if (homeless.length > 0) homeless = await ask(work, zone, homeless, 'some')
  }
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
}

type Minimum = 'all' | 'some'

async function fillZone(
  work: Work,
  zone: string,
  names: readonly string[],
): Promise<readonly string[]> {
  const rest = await ask(work, zone, names, 'all')
  return rest.length > 1 ? ask(work, zone, rest, 'some') : rest
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
async function ask(
  work: Work,
  zone: string,
  names: readonly string[],
  minimum: Minimum,
): Promise<readonly string[]> {
  if (work.options.scope.signal.aborted) {
    for (const name of names) work.failures.set(name, cancelled(name))
    return []
  }
  let made = await create(work, zone, names, minimum)
  if (isFailure(made.failure, 'BUSY') && made.machines.length === 0) {
    work.prepared ??= work.options.prepareAgain()
    work.shared = await work.prepared
    made = await create(work, zone, names, minimum)
  }
  place(work, made.machines, names)
  const missing = names.filter((name) => !work.machines.has(name))
  const why = made.failure ?? noRoom(zone)
  for (const name of missing) work.failures.set(name, why)
  return isFailure(why, 'NO_CAPACITY', 'QUOTA_EXCEEDED') ? missing : []
}

async function create(
  work: Work,
  zone: string,
  names: readonly string[],
  minimum: Minimum,
): Promise<BatchResult> {
  const { plan, scope, journal, bootstrap } = work.options
  const token = `${plan.id}-${work.calls++}`
  const batch: MachineBatch = {
    owner: scope.owner,
    order: plan.id,
    zone,
    names,
    userData: bootstrap(names),
    shared: work.shared,
    token,
    minimum,
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
    if (failure.code === 'UNAVAILABLE') work.uncertain = true
    else if (intent !== undefined) journal.record(intent, { failure: failure.code })
    return { machines: [], failure }
  }
}

function place(work: Work, machines: readonly Machine[], names: readonly string[]): void {
  for (const [index, machine] of machines.entries()) {
    const name = names[machine.launchIndex ?? index]
    if (name === undefined) continue
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
    name: names[machine.launchIndex ?? index] ?? '',
    zone: machine.zone,
  }))
}

function noRoom(zone: string): ProvisionError {
  return new ProvisionError('NO_CAPACITY', `${zone} had no room for more machines`, {
    hint: 'choose another --type or zone, or try again later',
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
