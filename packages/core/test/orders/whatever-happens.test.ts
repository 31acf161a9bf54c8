import { MasterError } from '@kontena/protocol'
import fc from 'fast-check'
import { expect, it } from 'vitest'
import { isFailure, ProvisionError } from '../../src/errors.ts'
import { createNodes } from '../../src/orders/create-nodes.ts'
import { findNodes } from '../../src/orders/find-nodes.ts'
import { listOrders } from '../../src/orders/journal.ts'
import { planOrder } from '../../src/orders/plan.ts'
import { settleOrders } from '../../src/orders/settle.ts'
import { terminateNodes } from '../../src/orders/terminate-nodes.ts'
import { unavailable } from '../fake-cloud.ts'
import { finish, type Moon, openMoon, pass, request } from '../moon.ts'

const cloudFault = fc.record({
  method: fc.constantFrom('prepare', 'create', 'find', 'terminate', 'removeShared'),
  kind: fc.constantFrom('throw', 'commit-then-throw'),
  code: fc.constantFrom('UNAVAILABLE', 'RATE_LIMITED', 'BUSY', 'ACCESS_DENIED', 'NO_CAPACITY'),
  times: fc.integer({ min: 1, max: 5 }),
} as const)
const masterFault = fc.record({
  method: fc.constantFrom('createEnrolment', 'nodes', 'endEnrolment', 'removeNode'),
  kind: fc.constantFrom('throw', 'commit-then-throw'),
  times: fc.integer({ min: 1, max: 15 }),
} as const)
const story = fc.record({
  count: fc.integer({ min: 1, max: 5 }),
  idempotent: fc.boolean(),
  launchIndex: fc.boolean(),
  named: fc.boolean(),
  steps: fc.constantFrom(1, 2),
  visibleAfter: fc.constantFrom(0, 3_000, 40_000),
  room: fc.integer({ min: 0, max: 3 }),
  stops: fc.array(fc.constantFrom(undefined, undefined, 'running', 'enrolled'), { maxLength: 5 }),
  cloudFaults: fc.array(cloudFault, { maxLength: 4 }),
  masterFaults: fc.array(masterFault, { maxLength: 3 }),
  interruptedAfter: fc.option(fc.integer({ min: 0, max: 40_000 }), { nil: undefined }),
} as const)
type Story = typeof story extends fc.Arbitrary<infer Told> ? Told : never

function misfortune(moon: Moon, { stops, cloudFaults, masterFaults }: Story): void {
  for (const [index, stop] of stops.entries()) {
    if (stop !== undefined) moon.master.stopsAt.set(`web-${index + 1}`, stop)
  }
  for (const { method, kind, code, times } of cloudFaults) {
    // Only silence may follow what was done: every other answer says that nothing was.
    const isSilent = kind === 'commit-then-throw' || code === 'UNAVAILABLE'
    const error = isSilent ? unavailable() : new ProvisionError(code, `the moon says ${code}`)
    moon.cloud.script(method, { kind, error }, times)
  }
  const error = new MasterError('unreachable', 'the master is gone')
  for (const { method, kind, times } of masterFaults) {
    moon.master.script(method, { kind, error }, times)
  }
}

async function settleAll(moon: Moon): Promise<void> {
  for (let round = 0; round < 80 && listOrders(moon.scope.orders).length > 0; round++) {
    await finish(settleOrders(await moon.nextCommand()))
    await pass(130_000)
  }
}

/** Types the same command until there is nothing left to terminate. */
async function terminateAll(moon: Moon): Promise<void> {
  for (let round = 0; round < 20; round++) {
    const scope = await moon.nextCommand()
    try {
      const nodes = await finish(findNodes(scope, { signal: scope.signal }))
      if (nodes.length === 0) return
      await finish(terminateNodes({ nodes, drainTimeout: 0, timeout: 60_000 }, scope))
    } catch (error) {
      expect(error instanceof MasterError || isFailure(error)).toBe(true)
    }
    await settleAll(moon)
  }
}

/** Each machine that is there is a node whose agent connected, each node has its machine. */
function expectNothingLost({ cloud, master, scope }: Moon): void {
  expect(listOrders(scope.orders)).toEqual([])
  const machines = cloud.machines.filter(({ state }) => state !== 'gone')
  const nodes = master.nodes.map((node) => `${node.name} ${node.machine?.id}`)
  expect(machines.map(({ id, node }) => `${node} ${id}`).sort()).toEqual(nodes.sort())
  expect(master.nodes.every((node) => node.node_id !== null)).toBe(true)
}

it('loses and doubles no machine, whatever goes wrong and whenever it is cut off', async () => {
  await fc.assert(
    fc.asyncProperty(story, async (told) => {
      const { idempotent, launchIndex, visibleAfter, room, count, interruptedAfter } = told
      const zones = { copernicus: room, kepler: 2, tycho: 3 }
      const { named, steps } = told
      const batches = { launchIndex, named: named && !launchIndex }
      const moon = await openMoon({ idempotent, ...batches, visibleAfter, zones, steps })
      const plan = await finish(
        planOrder(
          request({ name: count === 1 ? 'web-1' : 'web', count, timeout: 60_000 }),
          moon.scope,
        ),
      )
      misfortune(moon, told)
      const work = createNodes(plan, moon.scope).then(
        ({ online }) => online.map(({ name }) => name),
        () => [],
      )
      if (interruptedAfter !== undefined) {
        await pass(interruptedAfter)
        moon.interrupt()
      }
      const online = await finish(work)
      expect(moon.master.nodes.map(({ name }) => name)).toEqual(expect.arrayContaining(online))
      await settleAll(moon)
      expectNothingLost(moon)

      await terminateAll(moon)
      expectNothingLost(moon)
      expect(moon.cloud.alive()).toEqual([])
      expect(moon.cloud.isPrepared).toBe(false)
    }),
    // The same stories each time; another seed tells others.
    { numRuns: 80, seed: 1961 },
  )
}, 120_000)
