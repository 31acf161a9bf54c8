import {
  type EnrolmentCreate,
  type MasterClient,
  MasterError,
  type Node,
  node,
} from '@kontena/protocol'
import type { FakeCloud, FakeMachine } from './fake-cloud.ts'
import { type Fault, scriptedFaults } from './scripted-faults.ts'

export interface FakeMaster {
  readonly client: MasterClient
  readonly nodes: Node[]
  /** Names of the methods called, oldest first. */
  readonly calls: { readonly method: string; readonly at: number }[]
  readonly enrolments: (EnrolmentCreate & { ended: boolean })[]
  /** No request is answered while this is true, and no machine enrols. */
  isDown: boolean
  /** How far machines get on their own: nodes named here stop after the phase. */
  readonly stopsAt: Map<string, 'running' | 'enrolled' | 'connecting'>
  /** Milliseconds each step of a machine takes. */
  stepTime: number
  script(method: keyof MasterClient, fault: Fault, times?: number): void
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
  const master: FakeMaster = {
    client: fakeClient(() => master, faults.run),
    nodes: [],
    calls: [],
    enrolments: [],
    isDown: false,
    stopsAt: new Map(),
    stepTime: 1_000,
    script: faults.script,
    called: (method) => master.calls.filter((call) => call.method === method).length,
    find: (name) => master.nodes.find((each) => each.name === name),
    change: (name, change) => {
      const found = master.find(name)
      if (found !== undefined) Object.assign(found, change)
    },
    add: (changes) => {
      const made = blankNode(changes, master.nodes.length + 1)
      master.nodes.push(made)
      return made
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
    if (found.machine.id !== id) found.enrolment = 'contested'
    return
  }
  found.machine = { provider: 'moon', account: 'acme', region: 'moon', id, order: batch.order }
  found.enrolment = 'enrolled'
  found.has_token = true
}

type Run = ReturnType<typeof scriptedFaults>['run']

function fakeClient(masterOf: () => FakeMaster, run: Run): MasterClient {
  const answer = <T>(
    method: keyof MasterClient,
    signal: AbortSignal | undefined,
    work: () => T,
  ) => {
    masterOf().calls.push({ method, at: Date.now() })
    return run(method, signal, () => {
      if (masterOf().isDown) throw unreachable()
      return work()
    })
  }
  const existing = (name: string): Node => {
    const found = masterOf().find(name)
    if (found === undefined) throw new MasterError('not-found', `no node ${name}`, { status: 404 })
    return found
  }
  const unused = async (): Promise<never> => {
    throw new Error('the double has no such request')
  }
  return {
    url: 'https://master.example',
    ca: undefined,
    info: unused,
    login: unused,
    user: unused,
    grids: unused,
    grid: unused,
    createGrid: unused,
    removeGrid: unused,
    createNode: unused,
    nodeToken: unused,
    setNodeToken: unused,
    clearNodeToken: unused,
    nodes: (_grid, signal) => answer('nodes', signal, () => structuredClone(masterOf().nodes)),
    node: (_grid, name, signal) => answer('node', signal, () => structuredClone(existing(name))),
    updateNode: (_grid, name, body, signal) =>
      answer('updateNode', signal, () => {
        const found = Object.assign(existing(name), body)
        if (found.connected) found.status = found.availability === 'drain' ? 'drain' : 'online'
        return structuredClone(found)
      }),
    removeNode: (_grid, name, signal) =>
      answer('removeNode', signal, () => {
        const found = existing(name)
        if (found.connected && !found.has_token) {
          throw new MasterError('invalid', `${name} would come back`, { status: 422 })
        }
        masterOf().nodes.splice(masterOf().nodes.indexOf(found), 1)
        return {}
      }),
    createEnrolment: (_grid, body, signal) =>
      answer('createEnrolment', signal, () => register(masterOf(), body)),
    endEnrolment: (_grid, order, signal) =>
      answer('endEnrolment', signal, () => {
        for (const each of masterOf().enrolments) each.ended ||= each.order === order
        return {}
      }),
  }
}

function register(master: FakeMaster, body: EnrolmentCreate) {
  const known = master.enrolments.find(({ order }) => order === body.order)
  if (known !== undefined && known.secret !== body.secret) {
    throw new MasterError('conflict', 'the order has another secret', { status: 409 })
  }
  if (known === undefined) {
    const taken = body.nodes.filter(({ name }) => master.find(name) !== undefined)
    if (taken.length > 0) throw new MasterError('conflict', 'name taken', { status: 409 })
    master.enrolments.push({ ...body, ended: false })
    for (const { name, labels } of body.nodes) {
      master.add({ name, labels: [...(labels ?? [])], order: body.order, enrolment: 'pending' })
    }
  }
  const nodes = master.nodes.filter(({ order }) => order === body.order)
  return { order: body.order, expires_at: 'later', nodes: structuredClone(nodes) }
}

function unreachable(): MasterError {
  return new MasterError('unreachable', 'the master at https://master.example cannot be reached')
}

function blankNode(changes: Partial<Node> & { name: string }, number: number): Node {
  const blank = node.parse({
    id: `luna/${changes.name}`,
    node_id: null,
    name: changes.name,
    status: 'created',
    connected: false,
    updated: false,
    availability: 'active',
    has_token: false,
    labels: [],
    node_number: number,
    initial_member: false,
    created_at: new Date().toISOString(),
  })
  return { ...blank, ...changes }
}
