import fs from 'node:fs'
import { join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { isFailure, ProvisionError } from '../../src/errors.ts'
import { createNodes } from '../../src/orders/create-nodes.ts'
import { listOrders } from '../../src/orders/journal.ts'
import { planOrder } from '../../src/orders/plan.ts'
import { planReplacement } from '../../src/orders/replacement.ts'
import type { Scope } from '../../src/orders/scope.ts'
import { settleOrders } from '../../src/orders/settle.ts'
import { type FakeCloudOptions, unavailable } from '../fake-cloud.ts'
import { failureOf, finish, type Moon, openMoon, pass, request } from '../moon.ts'
import { settle, told } from './settled-moon.ts'

const wish = request({ timeout: 60_000 })

/** A grid with two nodes, the first of which is to get another machine. */
async function openNodes(options: FakeCloudOptions = {}): Promise<Moon> {
  const moon = await openMoon(options)
  const plan = await finish(planOrder(request({ count: 2, labels: ['own=yes'] }), moon.scope))
  await finish(createNodes(plan, moon.scope))
  moon.events.length = 0
  moon.master.calls.length = 0
  moon.cloud.calls.length = 0
  return moon
}

async function replace(scope: Scope, name = 'web-1') {
  return createNodes(await planReplacement(name, wish, scope), scope)
}

const machineOf = ({ master }: Moon, name = 'web-1') => master.find(name)?.machine?.id
const alive = ({ cloud }: Moon) =>
  cloud.machines.flatMap(({ id, state }) => (state === 'gone' ? [] : id))
const phases = ({ events }: Moon) =>
  events.flatMap((event) => (event.type === 'node' ? event.phase : []))

describe('replacing the machine of a node', () => {
  it('ends the old machine, and gives its node to a new one', async () => {
    const moon = await openNodes()
    const before = moon.master.find('web-1')
    const { node_number: number, machine: old } = { ...before }
    const outcome = await finish(replace(await moon.nextCommand()))
    expect(outcome).toMatchObject({ failed: [], open: false, online: [{ name: 'web-1' }] })
    expect(moon.master.nodes).toHaveLength(2)
    expect(moon.master.find('web-1')).toMatchObject({ node_number: number, status: 'online' })
    expect(machineOf(moon)).not.toBe(old?.id)
    expect(alive(moon).sort()).toEqual([machineOf(moon), machineOf(moon, 'web-2')].sort())
    expect(listOrders(moon.scope.orders)).toEqual([])
    expect(phases(moon)).toEqual([
      'terminating',
      'gone',
      expect.stringMatching(/starting|running/),
      ...phases(moon).slice(3, -1),
      'online',
    ])
  })

  it('makes nothing before the old machine is gone', async () => {
    const moon = await openNodes()
    await finish(replace(await moon.nextCommand()))
    const changes = moon.cloud.calls.map(({ method }) => method)
    const order = ['terminate', 'prepare', 'create'].map((method) =>
      changes.indexOf(method as 'create'),
    )
    expect(order).toEqual(order.toSorted((one, other) => one - other))
    expect(order).not.toContain(-1)
  })

  it('keeps the labels that people gave, and corrects those of the machine', async () => {
    const moon = await openNodes({ placesIn: 'kepler' })
    moon.master.change('web-1', { labels: ['own=yes', 'type=old', 'az=elsewhere'] })
    const scope = await moon.nextCommand()
    const plan = await planReplacement('web-1', { ...wish, labels: ['more'] }, scope)
    await finish(createNodes(plan, scope))
    const labels = moon.master.find('web-1')?.labels ?? []
    expect(labels).toEqual(
      expect.arrayContaining(['own=yes', 'more', 'az=kepler', 'provider=moon']),
    )
    expect(labels).not.toContain('az=elsewhere')
  })

  it('tells in its plan which machine goes', async () => {
    const moon = await openNodes()
    const plan = await planReplacement('web-1', wish, await moon.nextCommand())
    const [first] = plan.calls
    expect(first).toBe(`take away ${machineOf(moon)}, the machine of web-1 so far`)
    expect(plan.nodes.map(({ name }) => name)).toEqual(['web-1'])
    expect(moon.cloud.called('terminate')).toEqual([])
  })

  it('needs no room in a grid that is full', async () => {
    const moon = await openNodes()
    const full = await moon.nextCommand({ subnet: '10.9.0.0/30' })
    moon.master.nodes.splice(1)
    expect((await planReplacement('web-1', wish, full)).nodes).toHaveLength(1)
    await expect(planOrder(request({ count: 1 }), full)).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
    })
  })

  it('goes on where the machine is gone already, or was never made', async () => {
    const moon = await openNodes()
    const old = moon.cloud.machines.find(({ id }) => id === machineOf(moon))
    if (old !== undefined) old.state = 'gone'
    moon.master.change('web-1', { connected: false, status: 'offline' })
    expect(await finish(replace(await moon.nextCommand()))).toMatchObject({ failed: [] })
    expect(moon.cloud.called('terminate')).toEqual([])
    expect(alive(moon)).toHaveLength(2)
  })

  it('leaves a node alone that is online though the cloud shows no machine of it', async () => {
    const moon = await openNodes()
    const old = moon.cloud.machines.findIndex(({ id }) => id === machineOf(moon))
    const [hidden] = moon.cloud.machines.splice(old, 1)
    const error = await failureOf(replace(await moon.nextCommand()))
    expect(error).toMatchObject({ kind: 'invalid', message: expect.stringContaining('connected') })
    expect(moon.master.find('web-1')).toMatchObject({
      status: 'online',
      machine: { id: hidden?.id },
    })
    expect(moon.cloud.called('create')).toEqual([])
    expect(listOrders(moon.scope.orders)).toEqual([])
  })

  it.each([
    ['nobody', {}, { code: 'NOT_FOUND' }],
    [
      'web-2',
      { machine: null, labels: ['az=a'] },
      { code: 'BAD_OPTIONS', hint: 'use: kontena node replace web-2 --grid luna' },
    ],
    [
      'web-2',
      { machine: null, labels: ['provider=mars'] },
      { code: 'BAD_OPTIONS', hint: 'use: kontena mars node replace web-2 --grid luna' },
    ],
  ])('refuses %s with %j', async (name, change, failure) => {
    const moon = await openNodes()
    moon.master.change(name, change)
    await expect(planReplacement(name, wish, moon.scope)).rejects.toMatchObject(failure)
    expect(moon.cloud.called('terminate')).toEqual([])
  })
})

describe('a replacement that fails', () => {
  it('keeps the record, offline, where the new machine does not come online', async () => {
    const moon = await openNodes()
    const number = moon.master.find('web-1')?.node_number
    moon.master.stopsAt.set('web-1', 'running')
    const outcome = await finish(replace(await moon.nextCommand()))
    expect(outcome).toMatchObject({ online: [], failed: [{ name: 'web-1' }], open: false })
    expect(moon.master.find('web-1')).toMatchObject({
      status: 'offline',
      node_number: number,
      labels: expect.arrayContaining(['own=yes']),
    })
    expect(alive(moon)).toEqual([machineOf(moon, 'web-2')])
    expect(moon.cloud.isPrepared).toBe(true)
    expect(phases(moon).at(-1)).toBe('gone')
  })

  it('succeeds when the same command is typed again', async () => {
    const moon = await openNodes()
    moon.master.stopsAt.set('web-1', 'enrolled')
    await finish(replace(await moon.nextCommand()))
    moon.master.stopsAt.clear()
    expect(await finish(replace(await moon.nextCommand()))).toMatchObject({ failed: [] })
    expect(moon.master.find('web-1')).toMatchObject({ status: 'online' })
    expect(alive(moon)).toHaveLength(2)
  })

  it('changes nothing where the old machine cannot be ended', async () => {
    const moon = await openNodes()
    const error = new ProvisionError('ACCESS_DENIED', 'no right to TerminateRovers')
    moon.cloud.script('terminate', { kind: 'throw', error }, 50)
    const old = machineOf(moon)
    expect(await failureOf(replace(await moon.nextCommand()))).toMatchObject({
      code: 'ACCESS_DENIED',
    })
    expect(machineOf(moon)).toBe(old)
    expect(moon.master.find('web-1')).toMatchObject({ status: 'online' })
    expect(moon.cloud.called('create')).toEqual([])
  })
})

const warningsOf = ({ events }: Moon) =>
  events.flatMap((event) => (event.type === 'warning' ? event.message : []))

const dead = Symbol('the process is dead')
type Step = 'terminate' | 'createEnrolment' | 'prepare' | 'create'

/** Replaces a machine in a process that dies at the given call, before or after it took effect. */
async function dieAt(moon: Moon, step: Step, after: boolean): Promise<void> {
  const never = new Promise<never>(() => undefined)
  const death = Promise.withResolvers<symbol>()
  let isDead = false
  const mortal = <T>(call: string, make: () => Promise<T>): Promise<T> => {
    if (isDead) return never
    if (call !== step) return make()
    isDead = true
    const end = after ? make() : Promise.resolve()
    void end.then(() => death.resolve(dead))
    return never
  }
  const living = await moon.nextCommand()
  const { session, master } = living
  const plan = await planReplacement('web-1', wish, living)
  void createNodes(plan, {
    ...living,
    session: {
      ...session,
      prepare: (order, call) => mortal('prepare', () => session.prepare(order, call)),
      create: (batch, call) => mortal('create', () => session.create(batch, call)),
      find: (query, call) => mortal('find', () => session.find(query, call)),
      terminate: (ids, call) => mortal('terminate', () => session.terminate(ids, call)),
    },
    master: {
      ...master,
      nodes: (grid, signal) => mortal('nodes', () => master.nodes(grid, signal)),
      createEnrolment: (grid, body, signal) =>
        mortal('createEnrolment', () => master.createEnrolment(grid, body, signal)),
    },
  })
  await finish(death.promise)
  for (const name of fs.readdirSync(living.orders).filter((each) => each.endsWith('.sock'))) {
    fs.rmSync(join(living.orders, name))
  }
}

describe('a replacement whose command dies', () => {
  const steps = ['terminate', 'createEnrolment', 'prepare', 'create'] as const
  const deaths = steps.flatMap((step) => [false, true].map((after) => ({ step, after })))

  it.each(deaths)('loses neither record nor machine: $step, after it: $after', async (death) => {
    const moon = await openNodes()
    const { node_number: number } = { ...moon.master.find('web-1') }
    await dieAt(moon, death.step, death.after)
    for (let round = 0; round < 5 && listOrders(moon.scope.orders).length > 0; round++) {
      await settle(moon)
      await pass(130_000)
    }
    expect(told(moon).at(-1)).toMatch(/^settled: /)
    expect(moon.master.find('web-1')).toMatchObject({ node_number: number })
    const named = moon.master.nodes.flatMap(({ machine }) => machine?.id ?? [])
    expect(alive(moon).filter((id) => !named.includes(id))).toEqual([])

    await finish(replace(await moon.nextCommand()))
    expect(moon.master.nodes.map(({ status }) => status)).toEqual(['online', 'online'])
    expect(alive(moon).sort()).toEqual([machineOf(moon), machineOf(moon, 'web-2')].sort())
  })

  it('is told as what it came to', async () => {
    const moon = await openNodes()
    await dieAt(moon, 'createEnrolment', true)
    await settle(moon)
    expect(told(moon)).toEqual(['settled: left web-1 without a machine'])
    expect(warningsOf(moon)).toEqual(['web-1 was left without a machine'])
    expect(moon.master.find('web-1')).toMatchObject({ status: 'offline', machine: null })
    expect(moon.master.enrolments.every(({ ended }) => ended)).toBe(true)
  })

  it('is told so, too, where the node still names the machine that ended', async () => {
    const moon = await openNodes()
    await dieAt(moon, 'terminate', true)
    await settle(moon)
    expect(told(moon)).toEqual(['settled: left web-1 without a machine'])
  })

  it('is told nothing of where the machine had not ended, or the node has another by now', async () => {
    const moon = await openNodes()
    await dieAt(moon, 'terminate', false)
    await settle(moon)
    expect(told(moon)).toEqual(['settled: nothing was left of it'])
    await dieAt(moon, 'terminate', true)
    const { machine } = { ...moon.master.find('web-1') }
    moon.master.change('web-1', { machine: machine ? { ...machine, id: 'rover-99' } : null })
    await settle(moon)
    expect(told(moon).at(-1)).toBe('settled: nothing was left of it')
    expect(warningsOf(moon)).toEqual([])
  })
})

const fault = fc.record({
  method: fc.constantFrom('prepare', 'create', 'find', 'terminate'),
  kind: fc.constantFrom('throw', 'commit-then-throw'),
  times: fc.integer({ min: 1, max: 4 }),
} as const)
const story = fc.record({
  idempotent: fc.boolean(),
  visibleAfter: fc.constantFrom(0, 40_000),
  steps: fc.constantFrom(1, 2),
  stop: fc.constantFrom(undefined, undefined, 'running', 'enrolled'),
  faults: fc.array(fault, { maxLength: 3 }),
  interruptedAfter: fc.option(fc.integer({ min: 0, max: 40_000 }), { nil: undefined }),
} as const)

it('loses and doubles no machine and no record, whatever goes wrong', async () => {
  await fc.assert(
    fc.asyncProperty(story, async ({ stop, faults, interruptedAfter, ...options }) => {
      const moon = await openNodes(options)
      await pass(60_000)
      if (stop !== undefined) moon.master.stopsAt.set('web-1', stop)
      for (const { method, kind, times } of faults) {
        moon.cloud.script(method, { kind, error: unavailable() }, times)
      }
      const work = replace(moon.scope).catch((error: unknown) => {
        if (!isFailure(error) && !moon.scope.signal.aborted) throw error
      })
      if (interruptedAfter !== undefined) {
        await pass(interruptedAfter)
        moon.interrupt()
      }
      await finish(work)
      for (let round = 0; round < 20 && listOrders(moon.scope.orders).length > 0; round++) {
        await finish(settleOrders(await moon.nextCommand()))
        await pass(130_000)
      }
      expect(listOrders(moon.scope.orders)).toEqual([])
      expect(moon.master.nodes.map(({ name }) => name)).toEqual(['web-1', 'web-2'])
      const named = moon.master.nodes.flatMap(({ machine }) => machine?.id ?? [])
      expect(alive(moon).filter((id) => !named.includes(id))).toEqual([])
    }),
    { numRuns: 30, seed: 1969 },
  )
}, 60_000)
