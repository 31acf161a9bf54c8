import assert from 'node:assert/strict'
import { mkdtemp, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { MasterError } from '@kontena/protocol'
import { isFailure } from '../errors.ts'
import type { ProvisionEvent } from '../events.ts'
import { networkPolicy } from '../network-policy.ts'
import { createNodes, type Outcome } from '../orders/create-nodes.ts'
import { findNodes } from '../orders/find-nodes.ts'
import { listOrders } from '../orders/journal.ts'
import { type OrderRequest, type Plan, planOrder } from '../orders/plan.ts'
import { openScope, type Scope } from '../orders/scope.ts'
import { settleOrders } from '../orders/settle.ts'
import { terminateNodes } from '../orders/terminate-nodes.ts'
import type { Provider } from '../provider.ts'
import { checkSecrets, checkText } from './check.ts'
import { alive, inventory, type Lab, ours } from './lab.ts'
import { type MasterDouble, openMasterDouble } from './master-double.ts'
import { quickFolder } from './quick-folder.ts'

/** Machines of an order. */
const count = 2
/** Milliseconds that machines have for each phase once they run. */
const phase = 40_000
/**
 * Milliseconds between a command that went wrong and the next one, besides the time a boot takes: by
 * then the order's deadlines are over, and any cloud shows what it has.
 */
const later = 300_000

/** A lab in which whole commands run: with a master, journals, and the kernel's waits and retries. */
export interface CommandLab {
  readonly lab: Lab
  readonly master: MasterDouble
  /** What the commands told. */
  readonly events: ProvisionEvent[]
  /** What was there before the first command. */
  readonly before: readonly string[]
  /** A new command: its own signal and session, the same journals. */
  open(signal?: AbortSignal): Promise<Scope>
  plan(scope: Scope, changes?: Partial<OrderRequest>): Promise<Plan>
  create(plan: Plan, scope: Scope): Promise<Outcome | undefined>
  terminate(scope: Scope): Promise<void>
}

export async function inCommandLab<T>(
  lab: Lab,
  work: (commands: CommandLab) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(quickFolder, 'kontena-kit-'))
  const done = new AbortController()
  const master = openMasterDouble(lab.subject.provider)
  const watching = master.watch(lab.cloud, done.signal)
  try {
    return await work(openCommands(lab, master, join(folder, 'orders')))
  } finally {
    done.abort()
    await watching
    await rm(folder, { recursive: true, force: true })
  }
}

function openCommands(lab: Lab, master: MasterDouble, orders: string): CommandLab {
  const { boot, gone } = lab.subject.times
  const events: ProvisionEvent[] = []
  return {
    lab,
    master,
    events,
    before: inventory(lab),
    open: async (signal = new AbortController().signal) => {
      const scope = await openScope({
        provider: withBatchesTold(lab.subject.provider, master),
        settings: lab.settings(),
        master: master.client,
        owner: ours,
        masterUrl: 'https://master.example',
        agentBundle: 'ab'.repeat(32),
        orders,
        folder: lab.folder,
        emit: (event) => events.push(event),
        signal,
      })
      master.account = scope.account
      return scope
    },
    plan: (scope, changes) =>
      planOrder(
        {
          ...{ name: 'web', count, labels: [], tags: {}, ephemeral: false, sshKeys: [] },
          ...{ policy: networkPolicy(), timeout: boot + phase, onFailure: 'rollback' },
          agent: { runtime: `node:22@sha256:${'0'.repeat(64)}` },
          ...changes,
        },
        scope,
      ),
    create: (plan, scope) => foreseen(lab, () => createNodes(plan, scope)),
    terminate: async (scope) => {
      await foreseen(lab, async () => {
        const nodes = await findNodes(scope, { signal: scope.signal })
        const options = { nodes, drainTimeout: 0, timeout: gone + 120_000 }
        if (nodes.length > 0) await terminateNodes(options, scope)
      })
    },
  }
}

/** The double tells machines their names, as their user data would. */
function withBatchesTold(provider: Provider, master: MasterDouble): Provider {
  return {
    ...provider,
    load: async () => {
      const open = await provider.load()
      return (settings) => {
        const session = open(settings)
        return {
          ...session,
          create: (batch, call) => {
            master.expect(batch)
            return session.create(batch, call)
          },
        }
      }
    },
  }
}

/** A command may fail, with words for people; anything else is a bug. */
async function foreseen<T>(lab: Lab, work: () => Promise<T>): Promise<T | undefined> {
  try {
    return await work()
  } catch (error) {
    if (isFailure(error)) {
      checkText(error)
      checkSecrets(lab.cloud.secrets, [error.message, error.hint ?? ''])
      return undefined
    }
    const isCancelled = error instanceof Error && error.message === cancelled
    if (error instanceof MasterError || isCancelled) return undefined
    throw error
  }
}

/** What Ctrl-C aborts with. */
export const cancelled = 'the command was cancelled'

/**
 * Runs one more command after whatever went wrong, as a person does a while later, and checks that
 * nothing is lost: each machine is a node that is online, each node has its machine, no order is open.
 */
export async function nextCommand(
  commands: CommandLab,
  then?: (scope: Scope) => Promise<void>,
): Promise<void> {
  const { lab, master, before } = commands
  lab.proxy.strike = undefined
  await lab.pass(lab.subject.times.boot + later)
  const scope = await commands.open()
  await settleOrders(scope)
  await then?.(scope)
  assert.deepEqual(
    listOrders(scope.orders).map(({ order }) => order.kind),
    [],
    openReasons(commands),
  )
  const machines = alive(lab).map(({ id }) => id)
  const nodes = master.nodes.map(({ machine, name }) => machine?.id ?? `${name} without a machine`)
  assert.deepEqual([...machines].sort(), [...nodes].sort(), 'machines and nodes are not the same')
  assert.equal(new Set(nodes).size, nodes.length, 'two nodes share a machine')
  for (const { name, status, availability } of master.nodes) {
    const isUp = status === 'online' || availability === 'drain'
    assert.ok(isUp, `${name} is ${status}`)
  }
  checkSecrets(lab.cloud.secrets, [JSON.stringify(commands.events)])
  if (nodes.length > 0) return
  await lab.pass(lab.subject.times.gone)
  assert.deepEqual(inventory(lab), before, 'something is left that nobody looks after')
}

/** Takes down what is there and checks that nothing is left of all the commands. */
export async function endAll(commands: CommandLab): Promise<void> {
  const scope = await commands.open()
  await commands.terminate(scope)
  assert.deepEqual(
    listOrders(scope.orders).map(({ order }) => order.kind),
    [],
    openReasons(commands),
  )
  await commands.lab.pass(commands.lab.subject.times.gone)
  assert.deepEqual(
    commands.master.nodes.map(({ name }) => name),
    [],
  )
  assert.deepEqual(inventory(commands.lab), commands.before, 'something is left at the end')
}

function openReasons({ events }: CommandLab): string {
  const reasons = events.flatMap((event) => (event.type === 'open-order' ? event.reason : []))
  return `an order stays open: ${reasons.join(', ')}`
}
