import fs from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it, vi } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { createNodes } from '../../src/orders/create-nodes.ts'
import { listOrders } from '../../src/orders/journal.ts'
import type { OrderRecord } from '../../src/orders/order-record.ts'
import { planOrder } from '../../src/orders/plan.ts'
import type { Scope } from '../../src/orders/scope.ts'
import { settleOrders } from '../../src/orders/settle.ts'
import { type FakeCloudOptions, unavailable } from '../fake-cloud.ts'
import { finish, type Moon, openMoon, pass, request } from '../moon.ts'
import { expectSettled, settle, told, writeOrder } from './settled-moon.ts'

const dead = Symbol('the process is dead')

/**
 * Runs an order in a process that dies: at the given call, before or after it took effect. What it
 * would still do on its way out does not happen, and its socket no longer answers.
 */
async function dieAt(
  moon: Moon,
  moment: { call: 'createEnrolment' | 'prepare' | 'create' | 'boot'; after: boolean },
  onFailure: 'rollback' | 'keep' = 'rollback',
): Promise<void> {
  const plan = await finish(planOrder(request({ count: 2, onFailure }), moon.scope))
  const never = new Promise<never>(() => undefined)
  let die = (_reason: symbol): void => undefined
  const death = new Promise<symbol>((resolve) => {
    die = resolve
  })
  let isDead = false
  const mortal = <T>(call: string, make: () => Promise<T>): Promise<T> => {
    if (isDead) return never
    if (call !== moment.call) return make()
    isDead = true
    const end = moment.after ? make() : Promise.resolve()
    void end.then(() => die(dead))
    return never
  }
  const { session, master } = moon.scope
  const scope: Scope = {
    ...moon.scope,
    session: {
      ...session,
      prepare: (order, call) => mortal('prepare', () => session.prepare(order, call)),
      create: (batch, call) => mortal('create', () => session.create(batch, call)),
      find: (query, call) => mortal('boot', () => session.find(query, call)),
      terminate: (ids, call) => mortal('terminate', () => session.terminate(ids, call)),
    },
    master: {
      ...master,
      nodes: (grid, signal) => mortal('nodes', () => master.nodes(grid, signal)),
      createEnrolment: (grid, body, signal) =>
        mortal('createEnrolment', () => master.createEnrolment(grid, body, signal)),
    },
  }
  void createNodes(plan, scope)
  await finish(death)
  for (const name of fs.readdirSync(scope.orders).filter((each) => each.endsWith('.sock'))) {
    fs.rmSync(join(scope.orders, name))
  }
  moon.cloud.calls.length = 0
}

const deaths = [
  { call: 'createEnrolment', after: false },
  { call: 'createEnrolment', after: true },
  { call: 'prepare', after: false },
  { call: 'prepare', after: true },
  { call: 'create', after: false },
  { call: 'create', after: true },
  { call: 'boot', after: true },
] as const

const clouds: [string, FakeCloudOptions][] = [
  ['a quick cloud', {}],
  ['a cloud that shows machines late', { visibleAfter: 45_000, bootTime: 50_000 }],
  ['a cloud whose machines are made one by one', { launchIndex: false }],
]

describe.each(clouds)('an order whose process died, in %s,', (_name, options) => {
  it.each(deaths)('at $call (done: $after) leaves nothing behind and makes nothing', async (at) => {
    const moon = await openMoon(options)
    for (const name of ['web-1', 'web-2']) moon.master.stopsAt.set(name, 'running')
    await dieAt(moon, at)
    await settle(moon)
    await pass(130_000)
    await settle(moon)
    await pass(600_000)
    await settle(moon)
    expect(moon.cloud.called('create')).toEqual([])
    expect(moon.cloud.called('prepare')).toEqual([])
    expectSettled(moon)
    expect(told(moon).at(-1)).toMatch(/^settled: /)
  })

  it('at create keeps machines that never came online where that was asked for', async () => {
    const moon = await openMoon(options)
    for (const name of ['web-1', 'web-2']) moon.master.stopsAt.set(name, 'running')
    await dieAt(moon, { call: 'boot', after: true }, 'keep')
    await pass(800_000)
    await settle(moon)
    expect(moon.cloud.alive().sort()).toEqual(['web-1', 'web-2'])
    expect(moon.master.nodes.map(({ name }) => name).sort()).toEqual(['web-1', 'web-2'])
    expect(listOrders(moon.scope.orders)).toEqual([])
  })

  it.each(deaths.slice(5))('at $call (done: $after) keeps what comes online', async (at) => {
    const moon = await openMoon(options)
    await dieAt(moon, at)
    await settle(moon)
    await pass(125_000)
    await settle(moon)
    const online = moon.master.nodes.filter(({ status }) => status === 'online')
    expect(moon.cloud.alive().sort()).toEqual(online.map(({ name }) => name).sort())
    expect(online.length).toBe(moon.cloud.machines.length)
    expect(online.length).toBeGreaterThan(0)
    expect(moon.cloud.isPrepared).toBe(true)
    expect(listOrders(moon.scope.orders)).toEqual([])
    expect(moon.master.enrolments[0]?.ended).toBe(true)
  })
})

describe('a dead order', () => {
  it('waits while its machines may still come online, and is told of', async () => {
    const moon = await openMoon({ bootTime: 200_000 })
    await dieAt(moon, { call: 'boot', after: true })
    await settle(moon)
    expect(told(moon)).toEqual(['open: web-1, web-2 may still come online'])
    expect(moon.cloud.alive()).toHaveLength(2)
    await pass(210_000)
    await settle(moon)
    expect(told(moon).at(-1)).toBe('settled: kept web-1, web-2')
    expect(moon.cloud.alive()).toHaveLength(2)
  })

  it('keeps the nodes that are online and takes the others away', async () => {
    const moon = await openMoon()
    moon.master.stopsAt.set('web-2', 'enrolled')
    await dieAt(moon, { call: 'boot', after: true })
    await pass(601_000)
    await settle(moon)
    expect(told(moon)).toEqual(['settled: kept web-1, took web-2 away'])
    expect(moon.cloud.alive()).toEqual(['web-1'])
    expect(moon.master.nodes.map(({ name }) => name)).toEqual(['web-1'])
    expect(moon.cloud.isPrepared).toBe(true)
  })

  it('drops the record of a node that connected while its machine was being ended', async () => {
    const moon = await openMoon()
    const plan = await finish(planOrder(request({ name: 'web', count: 1 }), moon.scope))
    const work = createNodes(plan, moon.scope)
    moon.cloud.fail('terminate', unavailable())
    moon.cloud.script('terminate', { kind: 'commit-then-throw', error: unavailable() }, 3)
    await pass(11_750)
    moon.interrupt()
    await pass(300)
    moon.master.comeOnline('web')
    expect((await finish(work)).open).toBe(true)
    await pass(20_000)
    await settle(moon)
    expectSettled(moon)
  })

  it('waits for no machine that is going', async () => {
    const moon = await openMoon({ goneTime: 100_000 })
    moon.master.stopsAt.set('web-1', 'running')
    moon.master.stopsAt.set('web-2', 'running')
    await dieAt(moon, { call: 'boot', after: true })
    await finish(moon.cloud.session.terminate(['rover-1', 'rover-2'], moon.scope))
    await settle(moon)
    expect(told(moon)).toEqual(['settled: took web-1, web-2 away'])
    expectSettled(moon)
  })

  it('corrects the zone of nodes that it keeps', async () => {
    const moon = await openMoon({ placesIn: 'tycho' })
    await dieAt(moon, { call: 'boot', after: true })
    await pass(30_000)
    await settle(moon)
    expect(moon.master.nodes.map(({ labels }) => labels.includes('az=tycho'))).toEqual([true, true])
  })

  it('stays open while its call may yet show machines, though its records are gone', async () => {
    const moon = await openMoon({ visibleAfter: 100_000, bootTime: 110_000 })
    await dieAt(moon, { call: 'create', after: true })
    for (const name of ['web-1', 'web-2']) await moon.master.client.removeNode('luna', name)
    await settle(moon)
    expect(told(moon)).toEqual(['open: the cloud may yet show machines of it'])
    await pass(125_000)
    await settle(moon)
    expectSettled(moon)
  })

  it('stays open where the master does not answer', async () => {
    const moon = await openMoon()
    await dieAt(moon, { call: 'create', after: true })
    moon.master.isDown = true
    await settle(moon)
    expect(told(moon)[0]).toMatch(/^open: the master at .* cannot be reached/)
    expect(moon.cloud.calls).toEqual([])
    moon.master.isDown = false
    await pass(601_000)
    await settle(moon)
    expect(listOrders(moon.scope.orders)).toEqual([])
  })

  it('stays open where the cloud refuses', async () => {
    const moon = await openMoon()
    await dieAt(moon, { call: 'prepare', after: true })
    moon.cloud.fail('find', new ProvisionError('ACCESS_DENIED', 'no right to look'))
    await settle(moon)
    expect(told(moon)).toEqual(['open: no right to look'])
  })

  it('stays open where its machines cannot be taken away', async () => {
    const moon = await openMoon()
    moon.master.stopsAt.set('web-1', 'running')
    moon.master.stopsAt.set('web-2', 'running')
    await dieAt(moon, { call: 'boot', after: true })
    await pass(601_000)
    moon.cloud.fail('terminate', unavailable(), 9)
    await settle(moon)
    expect(told(moon)).toEqual(['open: its clean-up is not complete'])
    expect(listOrders(moon.scope.orders)).toHaveLength(1)
  })

  it('does not hold the next command up for ever', async () => {
    const moon = await openMoon()
    await dieAt(moon, { call: 'prepare', after: true })
    moon.cloud.script('find', { kind: 'hang' })
    await settle(moon)
    expect(told(moon)).toEqual(['open: settling it took too long'])
  })

  it('lets go at Ctrl-C', async () => {
    const moon = await openMoon()
    await dieAt(moon, { call: 'prepare', after: true })
    moon.cloud.script('find', { kind: 'hang' })
    const control = new AbortController()
    const work = settleOrders(await moon.nextCommand({ signal: control.signal }))
    await pass(1_000)
    control.abort(new Error('interrupted'))
    await expect(finish(work)).rejects.toThrow('interrupted')
    expect(listOrders(moon.scope.orders)).toHaveLength(1)
    await settle(moon)
    expectSettled(moon)
  })

  it('does not hide a bug, and stays open', async () => {
    const moon = await openMoon()
    await dieAt(moon, { call: 'prepare', after: true })
    moon.cloud.fail('find', new TypeError('bug'))
    await expect(settle(moon)).rejects.toThrow(TypeError)
    expect(listOrders(moon.scope.orders)).toHaveLength(1)
  })
})

describe('an order of somebody else', () => {
  it('is left alone while its process lives', async () => {
    const moon = await openMoon({ bootTime: 60_000 })
    const plan = await finish(planOrder(request(), moon.scope))
    const work = createNodes(plan, moon.scope)
    await pass(5_000)
    await settle(moon)
    expect(told(moon)).toEqual([])
    expect((await finish(work)).online).toHaveLength(3)
  })

  const others: [string, Partial<OrderRecord>][] = [
    ['another provider', { provider: 'mars' }],
    ['another account', { account: { id: 'rival', region: 'moon' } }],
    ['another region', { account: { id: 'acme', region: 'far' } }],
    ['another master', { master: { uuid: 'other', url: 'https://other.example' } }],
    ['another grid', { grid: 'terra' }],
  ]
  it.each(others)('is left alone where it is of %s', async (_what, changes) => {
    const moon = await openMoon()
    writeOrder(moon, changes)
    const before = fs.readFileSync(listOrders(moon.scope.orders)[0]?.path ?? '', 'utf8')
    await settle(moon)
    expect(fs.readFileSync(listOrders(moon.scope.orders)[0]?.path ?? '', 'utf8')).toBe(before)
    expect(moon.cloud.calls).toEqual([])
    expect(moon.master.calls).toEqual([])
  })

  it('keeps its machines and records when another is settled', async () => {
    const moon = await openMoon()
    const plan = await finish(planOrder(request({ name: 'db', count: 1 }), moon.scope))
    await finish(createNodes(plan, moon.scope))
    for (const name of ['web-1', 'web-2']) moon.master.stopsAt.set(name, 'running')
    await dieAt(moon, { call: 'boot', after: true })
    await pass(601_000)
    await settle(moon)
    expect(moon.cloud.alive()).toEqual(['db'])
    expect(moon.master.nodes.map(({ name }) => name)).toEqual(['db'])
    expect(moon.cloud.isPrepared).toBe(true)
  })
})

it('settles one order though another cannot be', async () => {
  const moon = await openMoon()
  writeOrder(moon, { id: '01JA0000000000000000000000' })
  writeOrder(moon, { id: '01JB0000000000000000000000' })
  moon.cloud.fail('find', new ProvisionError('BUSY', 'not now'))
  await settle(moon)
  expect(told(moon)).toEqual(['open: not now', 'settled: nothing was left of it'])
  expect(listOrders(moon.scope.orders).map(({ order }) => order.id)).toEqual([
    '01JA0000000000000000000000',
  ])
})

it('is done by one of two commands that start at once', async () => {
  const moon = await openMoon()
  await dieAt(moon, { call: 'prepare', after: true })
  const commands = [await moon.nextCommand(), await moon.nextCommand()]
  await finish(Promise.all(commands.map((scope) => settleOrders(scope))))
  expect(told(moon)).toHaveLength(1)
  expectSettled(moon)
})

it('does nothing where there is no order', async () => {
  const moon = await openMoon()
  await settle(moon)
  expect(moon.cloud.calls).toEqual([])
  expect(vi.getTimerCount()).toBe(0)
})
