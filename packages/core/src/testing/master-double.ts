import type { Node } from '@kontena/protocol'
import type { OrdersMaster } from '../orders/scope.ts'
import type { MachineBatch, Provider } from '../provider.ts'
import { sleep } from '../wait.ts'
import type { MemoryEvents } from './memory-events.ts'
import { openMemoryMaster } from './memory-master.ts'
import type { CloudUnderTest, TrueMachine } from './subject.ts'

/** A master in memory, whose nodes are the cloud's machines: those that run enrol and come online. */
export interface MasterDouble {
  readonly client: OrdersMaster
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
  const { client, nodes, enrolments, find, events } = openMemoryMaster('grid')
  const batches = new Map<string, readonly string[]>()

  const nameOf = ({ name, token, launchIndex }: TrueMachine): string | undefined =>
    provider.bootstrap.machineName === undefined
      ? batches.get(token ?? '')?.[launchIndex ?? 0]
      : name
  const join = (machine: TrueMachine): void => {
    const found = find(nameOf(machine) ?? '')
    if (found === undefined || machine.order === undefined || found.order !== machine.order) return
    if (found.machine === null) {
      const enrolment = enrolments.find(({ order }) => order === machine.order)
      if (enrolment?.ended !== false) return
      const { id: account, region } = double.account
      const identity = { provider: provider.name, account, region }
      found.machine = { ...identity, id: machine.id, order: machine.order }
      Object.assign(found, { enrolment: 'enrolled', has_token: true })
      events.tell('node:enrolled', found.name)
      return
    }
    if (found.machine.id !== machine.id) {
      found.enrolment = 'contested'
      events.tell('node:contested', found.name)
    } else if (found.node_id === null) {
      const seen = { connected: true, updated: true, status: 'online' as const }
      Object.assign(found, { node_id: `engine-${found.name}`, ...seen })
      events.tell('node:online', found.name)
    }
  }
  const double: MasterDouble = {
    client,
    nodes,
    account: { id: '', region: '' },
    enrols: true,
    expect: ({ token, names }) => batches.set(token, names),
    watch: async (cloud, signal) => {
      while (!signal.aborted) {
        await sleep(step, signal).catch(() => undefined)
        const running = cloud.machines().filter(({ state }) => state === 'running')
        if (double.enrols) for (const machine of running) join(machine)
        disconnect(nodes, running, events)
      }
    },
  }
  return double
}

/** An agent ends with its machine. */
function disconnect(
  nodes: readonly Node[],
  running: readonly TrueMachine[],
  events: MemoryEvents,
): void {
  for (const node of nodes) {
    const isThere = running.some(({ id }) => id === node.machine?.id)
    if (!node.connected || isThere) continue
    Object.assign(node, { connected: false, status: 'offline' })
    events.tell('node:disconnected', node.name)
  }
}
