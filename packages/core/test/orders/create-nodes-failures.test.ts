import { MasterError } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { listOrders } from '../../src/orders/journal.ts'
import { unavailable } from '../fake-cloud.ts'
import { failureOf, finish, pass } from '../moon.ts'
import { expectNothingLeft, names, openOrder, warnings } from './order-moon.ts'

describe('a machine that does not come online', () => {
  it('is rolled back, and the others stay', async () => {
    const order = await openOrder({ timeout: 60_000 })
    order.master.stopsAt.set('web-2', 'enrolled')
    const outcome = await finish(order.create())
    expect(names(outcome.online)).toEqual(['web-1', 'web-3'])
    expect(outcome.failed).toMatchObject([
      { name: 'web-2', error: { code: 'TIMED_OUT' }, left: undefined },
    ])
    expect(outcome.open).toBe(false)
    expect(order.cloud.alive().sort()).toEqual(['web-1', 'web-3'])
    expect(names(order.master.nodes)).toEqual(['web-1', 'web-3'])
    expect(order.cloud.isPrepared).toBe(true)
    expect(listOrders(order.scope.orders)).toEqual([])
  })

  it('shows the end of its console', async () => {
    const order = await openOrder({ timeout: 60_000, count: 5 })
    for (const name of ['web-1', 'web-2', 'web-3', 'web-4']) {
      order.master.stopsAt.set(name, 'running')
    }
    await finish(order.create())
    const consoles = order.events.filter(({ type }) => type === 'console')
    expect(consoles).toHaveLength(3)
    expect(consoles[0]).toMatchObject({ name: 'web-1', lines: ['rover-1 boots', 'rover-1 panics'] })
  })

  it('is told of although its console cannot be read', async () => {
    const order = await openOrder({ timeout: 60_000, count: 1, name: 'web' })
    order.master.stopsAt.set('web', 'running')
    order.cloud.fail('consoleLog', unavailable())
    const outcome = await finish(order.create())
    expect(outcome.failed).toHaveLength(1)
    expectNothingLeft(order)
  })

  it('takes the firewall along where it was the last', async () => {
    const order = await openOrder({ timeout: 60_000 })
    for (const name of ['web-1', 'web-2', 'web-3']) order.master.stopsAt.set(name, 'running')
    const outcome = await finish(order.create())
    expect(outcome.online).toEqual([])
    expectNothingLeft(order)
  })

  it('stays with --on-failure keep, with its record', async () => {
    const order = await openOrder({ timeout: 60_000, onFailure: 'keep' })
    order.master.stopsAt.set('web-2', 'running')
    const outcome = await finish(order.create())
    expect(outcome.failed).toMatchObject([{ name: 'web-2', left: { id: expect.any(String) } }])
    expect(outcome.open).toBe(false)
    expect(order.cloud.alive()).toHaveLength(3)
    expect(order.cloud.called('terminate')).toEqual([])
    expect(order.master.nodes).toHaveLength(3)
    expect(listOrders(order.scope.orders)).toEqual([])
  })

  it('that came online after its deadline is saved from the roll-back', async () => {
    const order = await openOrder({ timeout: 60_000 })
    order.master.stopsAt.set('web-2', 'enrolled')
    order.master.script('endEnrolment', { kind: 'wait', milliseconds: 5_000 })
    const work = order.create()
    await pass(74_000)
    order.master.comeOnline('web-2')
    const outcome = await finish(work)
    expect(names(outcome.online)).toEqual(['web-1', 'web-2', 'web-3'])
    expect(outcome).toMatchObject({ failed: [], open: false })
    expect(order.cloud.called('terminate')).toEqual([])
  })

  it('whose agent connected but never reported stays, and is no success', async () => {
    const order = await openOrder({ timeout: 60_000 })
    order.master.stopsAt.set('web-2', 'connecting')
    const outcome = await finish(order.create())
    expect(names(outcome.online)).toEqual(['web-1', 'web-3'])
    expect(outcome.failed).toMatchObject([
      { name: 'web-2', error: { code: 'TIMED_OUT' }, left: { id: expect.any(String) } },
    ])
    expect(order.cloud.alive()).toHaveLength(3)
    expect(names(order.master.nodes)).toEqual(['web-1', 'web-2', 'web-3'])
  })

  it('is told as left when it cannot be taken away', async () => {
    const order = await openOrder({ timeout: 60_000 })
    order.master.stopsAt.set('web-2', 'running')
    order.cloud.fail('terminate', new ProvisionError('ACCESS_DENIED', 'no right to terminate'), 9)
    const outcome = await finish(order.create())
    expect(outcome.failed).toMatchObject([{ name: 'web-2', left: { id: expect.any(String) } }])
    expect(outcome.open).toBe(true)
    expect(warnings(order)).toEqual(['clean-up is not complete: no right to terminate'])
    expect(listOrders(order.scope.orders)).toHaveLength(1)
  })

  it('is told as left when the master falls silent before the roll-back', async () => {
    const order = await openOrder({ timeout: 60_000 })
    order.master.stopsAt.set('web-2', 'running')
    const error = new MasterError('unreachable', 'the master is gone')
    order.master.script('endEnrolment', { kind: 'throw', error })
    const outcome = await finish(order.create())
    expect(names(outcome.online)).toEqual(['web-1', 'web-3'])
    expect(outcome.failed).toMatchObject([{ name: 'web-2', left: { id: expect.any(String) } }])
    expect(outcome.open).toBe(true)
    expect(order.cloud.alive()).toHaveLength(3)
  })

  it('leaves the order open when the cloud hangs in the clean-up', async () => {
    const order = await openOrder({ timeout: 60_000 })
    order.master.stopsAt.set('web-2', 'running')
    order.cloud.script('terminate', { kind: 'hang' })
    const outcome = await finish(order.create())
    expect(outcome.open).toBe(true)
    expect(warnings(order)).toEqual(['clean-up is not complete: it took too long'])
  })
})

describe('machines that are not made', () => {
  it('leave the others, and no record', async () => {
    const order = await openOrder({ count: 4 }, { zones: { kepler: 1, tycho: 1 } })
    const outcome = await finish(order.create())
    expect(outcome.online).toHaveLength(2)
    expect(outcome.failed.map(({ error }) => error.code)).toEqual(['NO_CAPACITY', 'NO_CAPACITY'])
    expect(outcome.open).toBe(false)
    expect(order.master.nodes).toHaveLength(2)
    expect(order.cloud.alive()).toHaveLength(2)
  })

  it('leave nothing at all where none could be made', async () => {
    const order = await openOrder({}, { quota: 0 })
    const outcome = await finish(order.create())
    expect(outcome.failed.map(({ error }) => error.code)).toEqual(Array(3).fill('QUOTA_EXCEEDED'))
    expect(outcome.online).toEqual([])
    expectNothingLeft(order)
  })

  it('do not keep those from enrolling that --on-failure keep leaves', async () => {
    const zones = { kepler: 1, tycho: 0 }
    const order = await openOrder({ count: 2, onFailure: 'keep', timeout: 60_000 }, { zones })
    order.master.stopsAt.set('web-1', 'running')
    const outcome = await finish(order.create())
    expect(outcome.failed.map(({ name, left }) => [name, left?.id])).toEqual([
      ['web-1', 'rover-1'],
      ['web-2', undefined],
    ])
    expect(order.master.enrolments[0]?.ended).toBe(false)
    expect(names(order.master.nodes)).toEqual(['web-1'])
  })

  it('leave nothing when the firewall cannot be prepared', async () => {
    const order = await openOrder()
    order.cloud.fail('prepare', new ProvisionError('ACCESS_DENIED', 'no right to build'))
    const outcome = await finish(order.create())
    expect(outcome.failed.map(({ error }) => error.message)).toEqual(
      Array(3).fill('no right to build'),
    )
    expectNothingLeft(order)
  })
})

describe('a create without an answer', () => {
  it('keeps the order open, though nothing can be seen yet', async () => {
    const order = await openOrder({}, { idempotent: false, visibleAfter: 60_000 })
    order.cloud.script('create', { kind: 'commit-then-throw', error: unavailable() })
    const outcome = await finish(order.create())
    expect(outcome.open).toBe(true)
    expect(names(outcome.online)).toEqual(['web-2', 'web-3'])
    expect(listOrders(order.scope.orders)).toHaveLength(1)
  })

  it('takes a machine away that turns up before it enrolled', async () => {
    const order = await openOrder({ timeout: 60_000 }, { idempotent: false })
    order.master.stopsAt.set('web-1', 'running')
    order.cloud.script('create', { kind: 'commit-then-throw', error: unavailable() })
    const outcome = await finish(order.create())
    expect(order.cloud.alive().sort()).toEqual(['web-2', 'web-3'])
    expect(outcome.failed).toMatchObject([{ name: 'web-1', left: undefined }])
  })

  it('counts a machine that came online meanwhile', async () => {
    const order = await openOrder({}, { idempotent: false })
    order.cloud.script('create', { kind: 'commit-then-throw', error: unavailable() })
    const outcome = await finish(order.create())
    expect(names(outcome.online)).toEqual(['web-1', 'web-2', 'web-3'])
    expect(outcome.failed).toEqual([])
    expect(order.cloud.alive()).toHaveLength(3)
  })

  it('is repeated where the cloud knows its token, and makes nothing twice', async () => {
    const order = await openOrder()
    order.cloud.script('create', { kind: 'commit-then-throw', error: unavailable() }, 3)
    const outcome = await finish(order.create())
    expect(outcome).toMatchObject({ open: false, failed: [] })
    expect(order.cloud.machines).toHaveLength(3)
  })
})

describe('Ctrl-C', () => {
  it('before the nodes are registered changes nothing', async () => {
    const order = await openOrder()
    order.interrupt()
    expect(await failureOf(order.create())).toMatchObject({ message: 'interrupted' })
    expect(order.cloud.calls).toEqual([])
    expect(order.master.calls).toEqual([])
    expect(listOrders(order.scope.orders)).toEqual([])
  })

  const moments = [
    ['while nodes are registered', 'createEnrolment', 500],
    ['while the firewall is prepared', 'prepare', 500],
    ['while machines are made', 'create', 500],
    ['while machines boot', undefined, 5_000],
    ['while agents enrol', undefined, 11_500],
  ] as const

  it.each(moments)('%s takes everything away again', async (_moment, slow, milliseconds) => {
    const order = await openOrder()
    const wait = { kind: 'wait', milliseconds: 2_000 } as const
    if (slow === 'createEnrolment') order.master.script(slow, wait)
    else if (slow !== undefined) order.cloud.script(slow, wait, 3)
    const work = order.create()
    await pass(milliseconds)
    order.interrupt()
    const outcome = await finish(work)
    expect(outcome).toMatchObject({ interrupted: true, open: false, online: [] })
    expect(outcome.failed.map(({ error }) => error.code)).toEqual(Array(3).fill('CANCELLED'))
    expectNothingLeft(order)
  })

  it('keeps what is online by then', async () => {
    const order = await openOrder()
    order.master.stopsAt.set('web-3', 'running')
    const work = order.create()
    await pass(20_000)
    order.interrupt()
    const outcome = await finish(work)
    expect(outcome).toMatchObject({ interrupted: true, open: false })
    expect(names(outcome.online)).toEqual(['web-1', 'web-2'])
    expect(order.cloud.alive().sort()).toEqual(['web-1', 'web-2'])
  })

  it('keeps machines whose agents have connected by then, as somebody may rely on them', async () => {
    const order = await openOrder()
    const work = order.create()
    await pass(12_250)
    order.interrupt()
    const outcome = await finish(work)
    expect(outcome.failed.map(({ left }) => left?.id)).toEqual(['rover-1', 'rover-2', 'rover-3'])
    expect(order.cloud.called('terminate')).toEqual([])
    expect(order.master.nodes).toHaveLength(3)
  })

  it('with --on-failure keep leaves the machines to boot on', async () => {
    const order = await openOrder({ onFailure: 'keep' })
    const work = order.create()
    await pass(5_000)
    order.interrupt()
    const outcome = await finish(work)
    expect(outcome.failed.map(({ left }) => left?.id)).toEqual(['rover-1', 'rover-2', 'rover-3'])
    await pass(20_000)
    expect(order.master.nodes.map(({ status }) => status)).toEqual(Array(3).fill('online'))
  })

  it('takes machines away also where the cloud does not show them yet', async () => {
    const order = await openOrder({}, { visibleAfter: 30_000 })
    const work = order.create()
    await pass(1_000)
    order.interrupt()
    const outcome = await finish(work)
    expect(outcome.open).toBe(false)
    expectNothingLeft(order)
  })

  it('leaves the order open where the master is silent, since nobody knows who is online', async () => {
    const order = await openOrder()
    const work = order.create()
    await pass(5_000)
    order.master.isDown = true
    order.interrupt()
    const outcome = await finish(work)
    expect(outcome).toMatchObject({ interrupted: true, open: true })
    expect(outcome.failed.map(({ left }) => left?.id)).toEqual(['rover-1', 'rover-2', 'rover-3'])
    expect(order.cloud.alive()).toHaveLength(3)
  })
})
