import { z } from 'zod'
import { ProvisionError } from '../src/errors.ts'
import {
  type BatchResult,
  defineProvider,
  type Machine,
  type MachineBatch,
  type MachineQuery,
  type MachineState,
  type Preflight,
  type Provider,
  type ProviderSession,
} from '../src/provider.ts'
import { type Fault, scriptedFaults } from './scripted-faults.ts'

export interface FakeCloudOptions {
  /** Machines that each zone has room for. */
  zones?: Readonly<Record<string, number>>
  /** Machines that the account may have altogether. */
  quota?: number
  /** Milliseconds from a machine's creation until it runs. */
  bootTime?: number
  /** Milliseconds from a machine's termination until it is gone. */
  goneTime?: number
  /** Milliseconds until `find` shows a new machine. */
  visibleAfter?: number
  /** The cloud recognizes the token of a repeated create. */
  idempotent?: boolean
  /** One bootstrap serves a batch; else each machine is a batch of its own. */
  launchIndex?: boolean
  /** Without launch indices: a batch is made of machines with their nodes' names. */
  named?: boolean
  /** Calls of `terminate` that a machine takes: of two, the first only stops it. */
  steps?: 1 | 2
  batch?: number
  userDataBytes?: number
  local?: boolean
  /** Zone that machines land in, whatever was asked for. */
  placesIn?: string
  preflight?: Partial<Preflight>
}

export interface FakeMachine {
  readonly id: string
  /** The node that it becomes, as its user data say. */
  readonly node: string
  readonly zone: string
  readonly batch: MachineBatch
  readonly launchIndex: number | undefined
  readonly createdAt: number
  state: MachineState
  reason: string | undefined
  /** The name that people see in the cloud's console. */
  consoleName: string | undefined
}

type Method = keyof ProviderSession

export interface LoggedCall {
  readonly method: Method
  readonly at: number
  readonly batch?: MachineBatch
  readonly ids?: readonly string[]
  readonly query?: MachineQuery
}

export interface FakeCloud {
  readonly provider: Provider
  readonly session: ProviderSession
  readonly account: { readonly id: string; readonly region: string; readonly local: boolean }
  readonly machines: FakeMachine[]
  readonly calls: LoggedCall[]
  /** Told of each machine as soon as it runs. */
  readonly booted: ((machine: FakeMachine) => void)[]
  /** Whether the grid's firewall exists. */
  isPrepared: boolean
  /** The next calls of this method meet the fault. */
  script(method: Method, fault: Fault, times?: number): void
  fail(method: Method, error: unknown, times?: number): void
  called(method: Method): LoggedCall[]
  /** Nodes of the machines that cost money now. */
  alive(): string[]
  /** Puts a node's machine into a state that nobody asked for. */
  strike(node: string, state: MachineState, reason?: string): void
}

/**
 * A cloud in memory whose machines boot, run and go by timers, so that fake ones drive it. It is unlike
 * AWS where it can be: ids are words, zones are craters, and whether it has batches is a choice.
 */
export function fakeCloud(options: FakeCloudOptions = {}): FakeCloud {
  const faults = scriptedFaults()
  const session = fakeSession(options, () => cloud, faults.run)
  const cloud: FakeCloud = {
    provider: declare(options, session),
    session,
    account: { id: 'acme', region: 'moon', local: options.local ?? false },
    machines: [],
    calls: [],
    booted: [],
    isPrepared: false,
    script: faults.script,
    fail: (method, error, times) => faults.script(method, { kind: 'throw', error }, times),
    called: (method) => cloud.calls.filter((call) => call.method === method),
    alive: () => cloud.machines.filter(({ state }) => state !== 'gone').map(({ node }) => node),
    strike: (node, state, reason) => {
      for (const machine of cloud.machines.filter((each) => each.node === node)) {
        Object.assign(machine, { state, reason })
      }
    },
  }
  return cloud
}

export function unavailable(): ProvisionError {
  return new ProvisionError('UNAVAILABLE', 'the moon gave no answer')
}

function declare(options: FakeCloudOptions, session: ProviderSession): Provider {
  const hasIndex = options.launchIndex ?? true
  const hasBatches = hasIndex || options.named === true
  return defineProvider({
    name: 'moon',
    title: 'The Moon',
    accessOptions: z.object({}),
    regionOption: 'orbit',
    machineOptions: z.object({}),
    limits: {
      userDataBytes: options.userDataBytes ?? 65_536,
      batch: options.batch ?? (hasBatches ? 100 : 1),
    },
    bootstrap: {
      gzip: false,
      metadataServices: [],
      idRequests: { urls: ['http://192.0.2.1/id'] },
      ...(hasIndex ? { launchIndex: 'ds.meta_data.launch_index' } : {}),
      ...(options.named === true ? { machineName: 'v1.local_hostname' } : {}),
    },
    abilities: {
      restart: true,
      stop: true,
      login: true,
      consoleLog: true,
      master: false,
      firewall: { esp: 'host' },
      idempotentCreate: options.idempotent ?? true,
    },
    load: async () => () => session,
  })
}

/** Milliseconds from a stop to a machine that is stopped. */
const stopTime = 6_000

type Run = ReturnType<typeof scriptedFaults>['run']

function fakeSession(
  options: FakeCloudOptions,
  cloudOf: () => FakeCloud,
  run: Run,
): ProviderSession {
  const zones = options.zones ?? { copernicus: 99, kepler: 99, tycho: 99 }
  const byToken = new Map<string, BatchResult>()
  const log = (method: Method, details: Omit<LoggedCall, 'method' | 'at'> = {}): void => {
    cloudOf().calls.push({ method, at: Date.now(), ...details })
  }
  const pick = (ids: readonly string[]): FakeMachine[] =>
    cloudOf().machines.filter(({ id }) => ids.includes(id))

  const room = (zone: string): number => {
    const alive = cloudOf().machines.filter(({ state }) => state !== 'gone')
    return (zones[zone] ?? 0) - alive.filter((machine) => machine.batch.zone === zone).length
  }
  const launch = (batch: MachineBatch): BatchResult => {
    const known = byToken.get(batch.token)
    if (known !== undefined && (options.idempotent ?? true)) return known
    const alive = cloudOf().machines.filter(({ state }) => state !== 'gone').length
    const count = batch.names.length
    const allowed = (options.quota ?? 999) - alive
    const fits = Math.min(count, room(batch.zone), allowed)
    const code = allowed < count ? 'QUOTA_EXCEEDED' : 'NO_CAPACITY'
    const failure = new ProvisionError(code, `no room for ${count} machines in ${batch.zone}`)
    if (fits <= 0 || (fits < count && batch.minimum === 'all')) throw failure
    const machines = batch.names.slice(0, fits).map((node, index) => boot(node, index, batch))
    const made = machines.map(show)
    const result = fits < count ? { machines: made, failure } : { machines: made }
    byToken.set(batch.token, result)
    return result
  }
  const boot = (node: string, index: number, batch: MachineBatch): FakeMachine => {
    const cloud = cloudOf()
    const machine: FakeMachine = {
      id: `rover-${cloud.machines.length + 1}`,
      node,
      zone: options.placesIn ?? batch.zone,
      batch,
      launchIndex: (options.launchIndex ?? true) ? index : undefined,
      createdAt: Date.now(),
      state: 'pending',
      reason: undefined,
      consoleName: (options.launchIndex ?? true) ? undefined : node,
    }
    cloud.machines.push(machine)
    setTimeout(() => {
      if (machine.state !== 'pending') return
      machine.state = 'running'
      for (const tell of cloud.booted) tell(machine)
    }, options.bootTime ?? 10_000)
    return machine
  }
  /** Whether the machine is on its way, or is at least one step nearer to it. */
  const end = (machine: FakeMachine): boolean => {
    if (machine.state === 'going' || machine.state === 'gone') return true
    if (options.steps === 2 && machine.state !== 'stopped' && machine.state !== 'failed') {
      if (machine.state !== 'running') return false
      powerOff(machine)
      return true
    }
    machine.state = 'going'
    setTimeout(() => {
      machine.state = 'gone'
    }, options.goneTime ?? 8_000)
    return true
  }
  const powerOff = (machine: FakeMachine): void => {
    machine.state = 'stopping'
    setTimeout(() => {
      if (machine.state === 'stopping') machine.state = 'stopped'
    }, stopTime)
  }
  const powerOn = (machine: FakeMachine): void => {
    machine.state = 'pending'
    setTimeout(() => {
      if (machine.state !== 'pending') return
      machine.state = 'running'
      for (const tell of cloudOf().booted) tell(machine)
    }, options.bootTime ?? 10_000)
  }
  const isVisible = ({ createdAt }: FakeMachine): boolean =>
    Date.now() - createdAt >= (options.visibleAfter ?? 0)

  return {
    account: (call) => run('account', call.signal, () => cloudOf().account),
    preflight: (_order, call) => {
      log('preflight')
      return run('preflight', call.signal, () => ({
        facts: { image: 'regolith' },
        sharedCalls: cloudOf().isPrepared ? [] : ['BuildWall'],
        createCall: 'LandRovers',
        labels: ['type=rover'],
        warnings: [],
        ...options.preflight,
      }))
    },
    zones: (call) => {
      log('zones')
      return run('zones', call.signal, () => Object.keys(zones).map((name) => ({ name })))
    },
    prepare: (_order, call) => {
      log('prepare')
      return run('prepare', call.signal, () => {
        cloudOf().isPrepared = true
        return { shared: { wall: `wall-${cloudOf().called('prepare').length}` }, network: [] }
      })
    },
    create: (batch, call) => {
      log('create', { batch })
      return run('create', call.signal, () => launch(batch))
    },
    find: (query, call) => {
      log('find', { query })
      return run('find', call.signal, () =>
        cloudOf()
          .machines.filter((machine) => isVisible(machine) && matches(machine, query))
          .map(show),
      )
    },
    terminate: (ids, call) => {
      log('terminate', { ids })
      return run('terminate', call.signal, () => {
        const busy = pick(ids).filter((machine) => isVisible(machine) && !end(machine))
        if (busy.length > 0) throw new ProvisionError('BUSY', `${busy[0]?.id} is changing`)
      })
    },
    removeShared: (_owner, call) => {
      log('removeShared')
      return run('removeShared', call.signal, () => {
        cloudOf().isPrepared = false
        return []
      })
    },
    restart: (ids, call) => {
      log('restart', { ids })
      return run('restart', call.signal, () => {
        for (const machine of pick(ids)) {
          for (const tell of cloudOf().booted) tell(machine)
        }
      })
    },
    stop: (ids, call) => {
      log('stop', { ids })
      return run('stop', call.signal, () => {
        for (const machine of pick(ids)) powerOff(machine)
      })
    },
    start: (ids, call) => {
      log('start', { ids })
      return run('start', call.signal, () => {
        const off = pick(ids).filter(({ state }) => state !== 'running')
        for (const machine of off) powerOn(machine)
      })
    },
    login: (id, call) => {
      log('login', { ids: [id] })
      return run('login', call.signal, () => ({ address: 'crater.example', port: 2222 }))
    },
    nameMachines: (names, call) => {
      log('nameMachines', { ids: names.map(({ id }) => id) })
      return run('nameMachines', call.signal, () => {
        for (const { id, name } of names) {
          for (const machine of pick([id])) machine.consoleName = name
        }
      })
    },
    consoleLog: (id, call) => {
      log('consoleLog', { ids: [id] })
      return run('consoleLog', call.signal, () => `${id} boots\n${id} panics\n`)
    },
  }
}

function matches({ id, batch }: FakeMachine, query: MachineQuery): boolean {
  if ('ids' in query) return query.ids.includes(id)
  const { owner, order } = query
  const isOwners = batch.owner.master === owner.master && batch.owner.grid === owner.grid
  return isOwners && (order === undefined || batch.order === order)
}

function show(machine: FakeMachine): Machine {
  const { id, state, zone, launchIndex, batch, reason, consoleName } = machine
  return {
    id,
    name: consoleName,
    state,
    zone,
    launchIndex,
    publicAddress: undefined,
    privateAddress: undefined,
    owner: batch.owner,
    order: batch.order,
    token: batch.token,
    type: 'rover',
    reason,
  }
}
