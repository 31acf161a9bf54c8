import { type EnrolmentCreate, MasterError, type Node, node } from '@kontena/protocol'
import type { OrdersMaster } from '../orders/scope.ts'
import { type MemoryEvents, openMemoryEvents } from './memory-events.ts'

/** What a master knows of one grid, and a client that asks it, as far as orders do. */
export interface MemoryMaster {
  readonly client: OrdersMaster
  readonly grid: string
  readonly nodes: Node[]
  readonly enrolments: Enrolment[]
  readonly events: MemoryEvents
  find(name: string): Node | undefined
  /** A record that nobody has enrolled for yet, but for what is given. */
  add(given: Partial<Node> & { name: string }): Node
}

export interface Enrolment extends EnrolmentCreate {
  /** Nobody can enrol with it any more. */
  ended: boolean
}

/** How a request is met: as it comes, unless the master is to be slow, or not to answer. */
export type Meet = <T>(
  method: keyof OrdersMaster,
  signal: AbortSignal | undefined,
  work: () => T,
) => Promise<T>

/** A master in memory: registers an order's nodes, tells, changes and drops them. No machine enrols by itself. */
export function openMemoryMaster(grid: string, meet: Meet = atOnce): MemoryMaster {
  const nodes: Node[] = []
  const connect = (signal: AbortSignal) => meet('watchEvents', signal, () => undefined)
  const events = openMemoryEvents(grid, connect)
  const master: Omit<MemoryMaster, 'client'> = {
    grid,
    nodes,
    enrolments: [],
    events,
    find: (name) => nodes.find((one) => one.name === name),
    add: (given) => {
      const made = { ...blankNode(grid, given.name, nodes.length + 1), ...given }
      nodes.push(made)
      events.tell('node:created', made.name)
      return made
    },
  }
  return { ...master, client: openClient(master, meet) }
}

const atOnce: Meet = async (_method, signal, work) => {
  signal?.throwIfAborted()
  return work()
}

type Books = Omit<MemoryMaster, 'client'>

function openClient(books: Books, meet: Meet): OrdersMaster {
  const answer: Meet = async (method, signal, work) =>
    structuredClone(await meet(method, signal, work))
  const existing = (name: string): Node => {
    const found = books.find(name)
    if (found === undefined) throw new MasterError('not-found', `no node ${name}`, { status: 404 })
    return found
  }
  return {
    url: 'https://master.example',
    ca: undefined,
    nodes: (_grid, signal) => answer('nodes', signal, () => books.nodes),
    node: (_grid, name, signal) => answer('node', signal, () => existing(name)),
    updateNode: (_grid, name, body, signal) =>
      answer('updateNode', signal, () => {
        const found = Object.assign(existing(name), body)
        if (found.connected) found.status = found.availability === 'drain' ? 'drain' : 'online'
        books.events.tell('node:updated', found.name)
        return found
      }),
    removeNode: (_grid, name, signal) =>
      answer('removeNode', signal, () => {
        drop(books, existing(name))
        return {}
      }),
    createEnrolment: (_grid, body, signal) =>
      answer('createEnrolment', signal, () => register(books, body)),
    endEnrolment: (_grid, order, signal) =>
      answer('endEnrolment', signal, () => {
        for (const one of books.enrolments) one.ended ||= one.order === order
        return {}
      }),
    watchEvents: books.events.watch,
  }
}

/** An agent with the grid's token would only come back. */
function drop({ nodes, events }: Books, gone: Node): void {
  if (gone.connected && !gone.has_token) {
    throw new MasterError('invalid', `${gone.name} would come back`, { status: 422 })
  }
  nodes.splice(nodes.indexOf(gone), 1)
  events.tell('node:removed', gone.name)
}

/** A node that has been connected before. */
const offline = { status: 'offline', disconnected_at: 'before' } as const

function checkNames(wanted: EnrolmentCreate['nodes'], find: Books['find']): void {
  for (const { name, replace } of wanted) {
    const known = find(name)
    if (replace === undefined && known !== undefined) {
      throw new MasterError('conflict', 'name taken', { status: 409 })
    }
    if (replace !== undefined && known === undefined) {
      throw new MasterError('invalid', `no node ${name}`, { status: 422 })
    }
    if (replace === 'offline' && known?.connected) {
      throw new MasterError('invalid', `still connected: ${name}`, { status: 422 })
    }
  }
}

function register({ grid, nodes, enrolments, find, add }: Books, body: EnrolmentCreate) {
  const { order, secret, nodes: wanted } = body
  const known = enrolments.find((one) => one.order === order)
  if (known !== undefined && known.secret !== secret) {
    throw new MasterError('conflict', 'the order has another secret', { status: 409 })
  }
  if (known === undefined) {
    checkNames(wanted, find)
    enrolments.push({ ...body, ended: false })
    for (const { name, labels = [], replace } of wanted) {
      const enrolment = 'pending' as const
      const given = { name, labels: [...labels], order, enrolment }
      const known = replace === undefined ? undefined : find(name)
      if (known === undefined) add(given)
      else Object.assign(known, blankNode(grid, name, known.node_number), given, offline)
    }
  }
  return { order, expires_at: 'later', nodes: nodes.filter((one) => one.order === order) }
}

function blankNode(grid: string, name: string, number: number): Node {
  return node.parse({
    id: `${grid}/${name}`,
    node_id: null,
    name,
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
}
