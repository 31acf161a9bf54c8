import { MasterError, type Node } from '@kontena/protocol'
import type { OrdersMaster } from '../src/orders/scope.ts'
import { type Enrolment, openMemoryMaster } from '../src/testing/memory-master.ts'
import type { FakeCloud, FakeMachine } from './fake-cloud.ts'
import { type Fault, scriptedFaults } from './scripted-faults.ts'

export interface FakeMaster {
  readonly client: OrdersMaster
  readonly nodes: Node[]
  /** Names of the methods called, oldest first. */
  readonly calls: { readonly method: string; readonly at: number }[]
  readonly enrolments: Enrolment[]
  /** No request is answered while this is true, and no machine enrols. */
  isDown: boolean
  /** The master tells no events, as one of 1.5. */
  isSilent: boolean
  /** How far machines get on their own: nodes named here stop after the phase. */
  readonly stopsAt: Map<string, 'running' | 'enrolled' | 'connecting'>
  /** Milliseconds each step of a machine takes. */
  stepTime: number
  script(method: keyof OrdersMaster, fault: Fault, times?: number): void
  called(method: string): number
  find(name: string): Node | undefined
  change(name: string, change: Partial<Node>): void
  add(changes: Partial<Node> & { name: string }): Node
  enrol(machine: FakeMachine): void
  comeOnline(name: string): void
}

export const masterUuid = 'b0a6a2f4-0000-4000-8000-000000000001'

/** A master in memory. Machines of the fake cloud that have booted enrol, connect and come online. */
export function fakeMaster(cloud: FakeCloud): FakeMaster {
  const faults = scriptedFaults()
  let isDown = false
  const memory = openMemoryMaster('luna', (method, signal, work) => {
    master.calls.push({ method, at: Date.now() })
    return faults.run(method, signal, () => {
      if (isDown) throw unreachable()
      return work()
    })
  })
  const master: FakeMaster = {
    ...memory,
    calls: [],
    get isDown() {
      return isDown
    },
    set isDown(value) {
      isDown = value
      if (isDown) memory.events.hangUp()
    },
    get isSilent() {
      return !memory.events.isThere
    },
    set isSilent(value) {
      memory.events.isThere = !value
    },
    stopsAt: new Map(),
    stepTime: 1_000,
    script: faults.script,
    called: (method) => master.calls.filter((call) => call.method === method).length,
    change: (name, change) => {
      const found = master.find(name)
      if (found === undefined) return
      Object.assign(found, change)
      memory.events.tell('node:updated', name)
    },
    enrol: (machine) => enrol(master, machine),
    comeOnline: (name) => {
      master.change(name, {
        node_id: `engine-${name}`,
        connected: true,
        updated: true,
        status: master.find(name)?.availability === 'drain' ? 'drain' : 'online',
        connected_at: new Date().toISOString(),
      })
    },
  }
  cloud.booted.push((machine) => join(master, machine))
  return master
}

/** The life of an agent's host from its boot on; each step is tried again until the master answers. */
function join(master: FakeMaster, machine: FakeMachine): void {
  const { node: name } = machine
  const limit = master.stopsAt.get(name)
  const steps: (() => void)[] = []
  if (limit !== 'running') steps.push(() => enrol(master, machine))
  if (limit === undefined || limit === 'connecting') {
    steps.push(() =>
      master.change(name, { node_id: `engine-${name}`, connected: true, status: 'connecting' }),
    )
  }
  if (limit === undefined) steps.push(() => master.comeOnline(name))
  const next = (): void => {
    if (machine.state !== 'running') return
    if (!master.isDown) {
      steps.shift()?.()
      if (master.find(name)?.machine?.id !== machine.id) return
    }
    if (steps.length > 0) setTimeout(next, master.stepTime)
  }
  if (steps.length > 0) setTimeout(next, master.stepTime)
}

function enrol(master: FakeMaster, { id, node: name, batch }: FakeMachine): void {
  const found = master.find(name)
  const isOpen = master.enrolments.some(({ order, ended }) => order === batch.order && !ended)
  if (!isOpen || found === undefined || found.order !== batch.order) return
  if (found.machine !== null) {
    if (found.machine.id !== id) master.change(name, { enrolment: 'contested' })
    return
  }
  const machine = { provider: 'moon', account: 'acme', region: 'moon', id, order: batch.order }
  master.change(name, { machine, enrolment: 'enrolled', has_token: true })
}

function unreachable(): MasterError {
  return new MasterError('unreachable', 'the master at https://master.example cannot be reached')
}
