import { describe, expect, it, vi } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { createNodes } from '../../src/orders/create-nodes.ts'
import { listOrders, openJournal } from '../../src/orders/journal.ts'
import { findLostMachines } from '../../src/orders/lost-machines.ts'
import { settleOrders } from '../../src/orders/settle.ts'
import type { Machine, MachineBatch } from '../../src/provider.ts'
import { type FakeCloudOptions, unavailable } from '../fake-cloud.ts'
import { finish, type Moon, openMoon, owner, pass } from '../moon.ts'
import { orderRecord } from './order-lines.ts'
import { expectNothingLeft, names, openOrder, steps } from './order-moon.ts'

const blind = { idempotent: false } as const

/** A call for two machines that got no answer, and what the cloud made of it. */
async function openLost(options: FakeCloudOptions = {}) {
  const moon = await openMoon({ ...blind, launchIndex: false, named: true, ...options })
  const journal = await openJournal(moon.scope.orders, orderRecord({ id: 'order' }))
  const batch: MachineBatch = {
    ...{ owner, order: 'order', zone: 'tycho', names: ['web-1', 'web-2'], token: 'order-0' },
    ...{ userData: new Uint8Array(), shared: {}, minimum: 'all', sshKeys: [], tags: {} },
  }
  journal.intend({ call: 'create', zone: 'tycho', names: [...batch.names], token: batch.token })
  const make = (changes: Partial<MachineBatch> = {}) =>
    moon.cloud.session.create({ ...batch, ...changes }, { signal: moon.scope.signal })
  const look = () => findLostMachines(batch, { scope: moon.scope, journal })
  /** Has the cloud tell other things of its machines. */
  const disguise = (change: (machine: Machine) => Partial<Machine>) => {
    const { find } = moon.scope.session
    vi.spyOn(moon.scope.session, 'find').mockImplementation(async (query, call) =>
      (await find(query, call)).map((machine) => ({ ...machine, ...change(machine) })),
    )
  }
  return { ...moon, journal, batch, make, look, disguise }
}

function told(machines: readonly Machine[]): string[] {
  return machines.map(({ id, name }) => `${name} ${id}`)
}

describe('findLostMachines', () => {
  it('finds machines by the token of their call, under their nodes’ names', async () => {
    const { look, make } = await openLost()
    await make()
    expect(told(await finish(look()))).toEqual(['web-1 rover-1', 'web-2 rover-2'])
  })

  it('looks again, with growing pauses, until all are shown', async () => {
    const { cloud, look, make } = await openLost({ visibleAfter: 9_000 })
    await make()
    const start = Date.now()
    expect(await finish(look())).toHaveLength(2)
    expect(cloud.called('find').map(({ at }) => at - start)).toEqual([1_000, 3_000, 7_000, 15_000])
  })

  it('gives up after half a minute, with those that were shown', async () => {
    const { cloud, events, look, make } = await openLost()
    await make({ names: ['web-2'] })
    const start = Date.now()
    expect(told(await finish(look()))).toEqual(['web-2 rover-1'])
    expect(Date.now() - start).toBe(30_000)
    expect(cloud.called('find')).toHaveLength(5)
    expect(events).toEqual([
      {
        type: 'waiting',
        reason: 'no answer about web-1, web-2, which may exist all the same',
        milliseconds: 30_000,
      },
    ])
  })

  it('takes no machine of another call or order for one of its own', async () => {
    const { look, make } = await openLost()
    await make({ token: 'order-1' })
    await make({ order: 'older', token: 'older-0' })
    expect(await finish(look())).toEqual([])
  })

  it('takes no machine that is gone again', async () => {
    const { cloud, look, make } = await openLost()
    await make()
    cloud.strike('web-1', 'gone')
    expect(told(await finish(look()))).toEqual(['web-2 rover-2'])
  })

  it('goes by names where the cloud tells no token, but for machines of calls that were answered', async () => {
    const { disguise, journal, look, make } = await openLost()
    const other = journal.intend({ call: 'create', zone: 'tycho', names: ['web-1'], token: 'x' })
    await make({ names: ['web-1'], token: 'x' })
    journal.record(other, { machines: [{ id: 'rover-1', name: 'web-1', zone: 'tycho' }] })
    await make()
    disguise(() => ({ token: undefined }))
    expect(told(await finish(look()))).toEqual(['web-1 rover-2', 'web-2 rover-3'])
  })

  it('gives each node one machine where the cloud has made two', async () => {
    const { look, make } = await openLost()
    await make()
    await make()
    expect(told(await finish(look()))).toEqual(['web-1 rover-1', 'web-2 rover-2'])
  })

  it('does not mind a look that fails', async () => {
    const { cloud, look, make } = await openLost()
    await make()
    cloud.fail('find', new ProvisionError('ACCESS_DENIED', 'not now'))
    expect(await finish(look())).toHaveLength(2)
  })

  it('ends with what it has when the command is cancelled', async () => {
    const { interrupt, look, make } = await openLost()
    await make({ names: ['web-1'] })
    const work = look()
    await pass(5_000)
    interrupt()
    expect(told(await work)).toEqual(['web-1 rover-1'])
  })
})

describe.each([
  ['a cloud that numbers machines', {}],
  ['a cloud that names machines', { launchIndex: false, named: true }],
  ['a cloud that makes them one by one', { launchIndex: false }],
])('an order whose calls got no answer, on %s', (_what, options: FakeCloudOptions) => {
  it('adopts the machines that were made, and asks for none again', async () => {
    const order = await openOrder({ count: 5 }, { ...options, ...blind, visibleAfter: 4_000 })
    order.cloud.script('create', { kind: 'commit-then-throw', error: unavailable() }, 9)
    const calls = order.plan.calls.length - 1
    const outcome = await finish(order.create())
    expect(names(outcome.online)).toEqual(['web-1', 'web-2', 'web-3', 'web-4', 'web-5'])
    expect(outcome).toMatchObject({ failed: [], open: false })
    expect(order.cloud.called('create')).toHaveLength(calls)
    expect(order.cloud.machines).toHaveLength(5)
    expect(steps(order)).not.toContain('roll-back')
  })

  it('stays open where nothing was shown, and leaves nothing once it is settled', async () => {
    const order = await openOrder({ count: 3 }, { ...options, ...blind, visibleAfter: 60_000 })
    for (const { name } of order.plan.nodes) order.master.stopsAt.set(name, 'running')
    order.cloud.script('create', { kind: 'commit-then-throw', error: unavailable() }, 9)
    const outcome = await finish(order.create())
    expect(outcome).toMatchObject({ online: [], open: true })
    expect(outcome.failed.map(({ error }) => error.code)).toEqual(Array(3).fill('UNAVAILABLE'))
    for (let round = 0; round < 3; round++) {
      await finish(settleOrders(await order.nextCommand()))
      await pass(130_000)
    }
    expectNothingLeft(order)
  })
})

describe('a node that got two machines', () => {
  /** The cloud takes every request for two, and loses the answer. The second machines never enrol. */
  async function openDouble(
    options: FakeCloudOptions = {},
    request: Parameters<typeof openOrder>[0] = { count: 2 },
  ) {
    const order = await openOrder(request, { ...blind, launchIndex: false, ...options })
    const { create } = order.scope.session
    const seconds = new Set<string>()
    vi.spyOn(order.scope.session, 'create').mockImplementation(async (batch, call) => {
      await create(batch, call)
      for (const { id } of (await create(batch, call)).machines) seconds.add(id)
      throw unavailable()
    })
    const [join] = order.cloud.booted.splice(0)
    order.cloud.booted.push((machine) => {
      if (!seconds.has(machine.id)) join?.(machine)
    })
    return order
  }

  function kept({ cloud }: Moon): string[] {
    return cloud.machines.flatMap(({ id, state }) => (state === 'gone' ? [] : id)).sort()
  }

  function owned({ master }: Moon): (string | undefined)[] {
    return master.nodes.map(({ machine }) => machine?.id).sort()
  }

  it.each([{ launchIndex: false }, { launchIndex: true }, { named: true }])(
    'keeps the one it runs on, and the other is taken away (%j)',
    async (options) => {
      const order = await openDouble(options)
      const { online, open } = await finish(createNodes(order.plan, order.scope))
      expect(open).toBe(false)
      expect(names(online)).toEqual(['web-1', 'web-2'])
      expect(order.cloud.alive().sort()).toEqual(['web-1', 'web-2'])
      const kept = order.cloud.machines.filter(({ state }) => state !== 'gone').map(({ id }) => id)
      expect(kept.sort()).toEqual(order.master.nodes.map(({ machine }) => machine?.id).sort())
    },
  )

  it('fails where the one that enrols is not the one that was found, and leaves neither', async () => {
    const order = await openDouble()
    const { find } = order.scope.session
    vi.spyOn(order.scope.session, 'find').mockImplementation(async (query, call) =>
      [...(await find(query, call))].reverse(),
    )
    const { failed, open } = await finish(createNodes(order.plan, order.scope))
    expect({ failed: names(failed), open }).toEqual({ failed: ['web-1', 'web-2'], open: false })
    expectNothingLeft(order)
  })

  it('is put right by the next command where this one could not', async () => {
    const order = await openDouble()
    order.cloud.fail('terminate', new ProvisionError('ACCESS_DENIED', 'no right'))
    const { online, open } = await finish(createNodes(order.plan, order.scope))
    expect({ online: names(online), open }).toEqual({ online: ['web-1', 'web-2'], open: true })
    expect(kept(order)).toHaveLength(4)
    await finish(settleOrders(await order.nextCommand()))
    expect(kept(order)).toEqual(owned(order))
    expect(listOrders(order.scope.orders)).toEqual([])
  })

  it('loses both with the order that is rolled back', async () => {
    const order = await openDouble()
    order.master.stopsAt.set('web-1', 'running').set('web-2', 'running')
    const { online, failed, open } = await finish(createNodes(order.plan, order.scope))
    expect({ online, open, failed: names(failed) }).toEqual({
      ...{ online: [], open: false, failed: ['web-1', 'web-2'] },
    })
    expectNothingLeft(order)
  })

  it('keeps one that may still enrol where failures are kept', async () => {
    const order = await openDouble({}, { count: 1, name: 'web-1', onFailure: 'keep' })
    order.master.stopsAt.set('web-1', 'running')
    const { failed } = await finish(createNodes(order.plan, order.scope))
    expect(failed[0]?.left?.id).toBe('rover-1')
    expect(order.cloud.machines.map(({ state }) => state)).toEqual(['running', 'gone'])
  })
})
