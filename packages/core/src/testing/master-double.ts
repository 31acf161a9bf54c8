import {
  type EnrolmentCreate,
  type MasterClient,
  MasterError,
  type Node,
  node,
} from '@kontena/protocol'
import type { MachineBatch, Provider } from '../provider.ts'
import { sleep } from '../wait.ts'
import type { CloudUnderTest, TrueMachine } from './subject.ts'

/** A master in memory, whose nodes are the cloud's machines: those that run enrol and come online. */
export interface MasterDouble {
  readonly client: MasterClient
  readonly nodes: Node[]
  /** Where machines say that they are, when they enrol. */
  account: { readonly id: string; readonly region: string }
  /** Machines that run do not enrol while this is false. */
  enrols: boolean
  /** Told of every batch, since user data tells a machine its name by its place in it. */
  expect(batch: MachineBatch): void
  /** Lets machines join until the signal ends it. */
  watch(cloud: CloudUnderTest, signal: AbortSignal): Promise<void>
}

/** Milliseconds between looks at what runs; a machine takes two looks from enrolling to online. */
const step = 2_000

export function openMasterDouble(provider: Provider): MasterDouble {
  const nodes: Node[] = []
  const enrolments = new Map<string, { secret: string; isOver: boolean }>()
  const batches = new Map<string, readonly string[]>()

  const nameOf = ({ name, token, launchIndex }: TrueMachine): string | undefined =>
    provider.bootstrap.machineName === undefined
      ? batches.get(token ?? '')?.[launchIndex ?? 0]
      : name
  const join = (machine: TrueMachine): void => {
    const found = nodes.find(({ name }) => name === nameOf(machine))
    if (found === undefined || machine.order === undefined || found.order !== machine.order) return
    if (found.machine === null) {
      if (enrolments.get(machine.order)?.isOver !== false) return
      const { id: account, region } = double.account
      const identity = { provider: provider.name, account, region }
      found.machine = { ...identity, id: machine.id, order: machine.order }
      Object.assign(found, { enrolment: 'enrolled', has_token: true })
      return
    }
    if (found.machine.id !== machine.id) found.enrolment = 'contested'
    else if (found.node_id === null) {
      const seen = { connected: true, updated: true, status: 'online' as const }
      Object.assign(found, { node_id: `engine-${found.name}`, ...seen })
    }
  }
  const double: MasterDouble = {
    client: openClient({ nodes, enrolments }),
    nodes,
    account: { id: '', region: '' },
    enrols: true,
    expect: ({ token, names }) => batches.set(token, names),
    watch: async (cloud, signal) => {
      while (!signal.aborted) {
        await sleep(step, signal).catch(() => undefined)
        const running = cloud.machines().filter(({ state }) => state === 'running')
        if (double.enrols) for (const machine of running) join(machine)
        disconnect(nodes, running)
      }
    },
  }
  return double
}

/** An agent ends with its machine. */
function disconnect(nodes: readonly Node[], running: readonly TrueMachine[]): void {
  for (const node of nodes) {
    const isThere = running.some(({ id }) => id === node.machine?.id)
    if (node.connected && !isThere) Object.assign(node, { connected: false, status: 'offline' })
  }
}

interface Books {
  readonly nodes: Node[]
  readonly enrolments: Map<string, { secret: string; isOver: boolean }>
}

function openClient(books: Books): MasterClient {
  const { nodes, enrolments } = books
  const existing = (name: string): Node => {
    const found = nodes.find((one) => one.name === name)
    if (found === undefined) throw new MasterError('not-found', `no node ${name}`, { status: 404 })
    return found
  }
  const answer = async <T>(signal: AbortSignal | undefined, work: () => T): Promise<T> => {
    signal?.throwIfAborted()
    return structuredClone(work())
  }
  const unused = async (): Promise<never> => {
    throw new Error('orders make no such request')
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
    nodes: (_grid, signal) => answer(signal, () => nodes),
    node: (_grid, name, signal) => answer(signal, () => existing(name)),
    updateNode: (_grid, name, body, signal) =>
      answer(signal, () => Object.assign(existing(name), body)),
    removeNode: (_grid, name, signal) =>
      answer(signal, () => {
        nodes.splice(nodes.indexOf(existing(name)), 1)
        return {}
      }),
    createEnrolment: (_grid, body, signal) => answer(signal, () => register(books, body)),
    endEnrolment: (_grid, order, signal) =>
      answer(signal, () => {
        const found = enrolments.get(order)
        if (found !== undefined) found.isOver = true
        return {}
      }),
  }
}

function register({ nodes, enrolments }: Books, { order, secret, nodes: wanted }: EnrolmentCreate) {
  const known = enrolments.get(order)
  if (known !== undefined && known.secret !== secret) {
    throw new MasterError('conflict', 'the order has another secret', { status: 409 })
  }
  if (known === undefined) {
    if (wanted.some(({ name }) => nodes.some((one) => one.name === name))) {
      throw new MasterError('conflict', 'name taken', { status: 409 })
    }
    enrolments.set(order, { secret, isOver: false })
    for (const { name, labels = [] } of wanted) {
      nodes.push(blankNode({ name, labels: [...labels], order, number: nodes.length + 1 }))
    }
  }
  const made = nodes.filter((one) => one.order === order)
  return { order, expires_at: 'later', nodes: made }
}

function blankNode(given: { name: string; labels: string[]; order: string; number: number }): Node {
  const { name, labels, order, number } = given
  return node.parse({
    id: `grid/${name}`,
    node_id: null,
    name,
    status: 'created',
    connected: false,
    updated: false,
    availability: 'active',
    has_token: false,
    labels,
    node_number: number,
    initial_member: false,
    enrolment: 'pending',
    order,
    created_at: new Date().toISOString(),
  })
}
