import fs from 'node:fs'
import { MasterError } from '@kontena/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { listOrders } from '../../src/orders/journal.ts'
import { failureOf, finish, pass } from '../moon.ts'
import { expectNothingLeft, names, openOrder, steps, warnings } from './order-moon.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

describe('createNodes', () => {
  it('makes machines, waits until they are online nodes, and leaves no order open', async () => {
    const order = await openOrder()
    const outcome = await finish(order.create())
    expect(names(outcome.online)).toEqual(['web-1', 'web-2', 'web-3'])
    expect(outcome).toMatchObject({
      order: order.plan.id,
      failed: [],
      open: false,
      interrupted: false,
    })
    expect(order.master.nodes.map(({ status }) => status)).toEqual(['online', 'online', 'online'])
    expect(listOrders(order.scope.orders)).toEqual([])
    expect(fs.readdirSync(order.scope.orders)).toEqual([])
    expect(steps(order)).toEqual(['preflight', 'enrolment', 'firewall', 'machines'])
  })

  it('ends the secret once all nodes are online', async () => {
    const order = await openOrder()
    await finish(order.create())
    expect(order.master.enrolments).toMatchObject([{ order: order.plan.id, ended: true }])
  })

  it('gives the secret the time to boot and ten minutes more, and never shows it', async () => {
    const order = await openOrder({ timeout: 300_000 })
    await finish(order.create())
    const [enrolment] = order.master.enrolments
    expect(enrolment?.expires_in).toBe(900)
    expect(enrolment?.secret).toMatch(/^[0-9a-f]{64}$/)
    expect(JSON.stringify(order.events)).not.toContain(enrolment?.secret)
    for (const { batch } of order.cloud.machines) {
      const text = Buffer.from(batch.userData).toString()
      const files = [...text.matchAll(/[\w+/=]{40,}/g)].map(([base64]) => atob(base64))
      expect(files.join()).toContain(enrolment?.secret)
    }
  })

  it('registers nodes and prepares the firewall before it makes machines', async () => {
    const { cloud, master, create } = await openOrder({ name: 'web', count: 1 })
    master.calls.length = 0
    await finish(create())
    expect(cloud.calls.map(({ method }) => method).slice(0, 2)).toEqual(['prepare', 'create'])
    expect(master.calls[0]?.method).toBe('createEnrolment')
    expect(cloud.called('create')[0]?.batch?.shared).toEqual({ wall: 'wall-1' })
  })

  it('asks the master little while it waits, for three nodes as for one', async () => {
    const { master, create } = await openOrder({ name: 'web', count: 3 }, { bootTime: 40_000 })
    await finish(create())
    // The stream opens; machines enrol, connect and come online; and once each half minute to be sure.
    expect(master.called('watchEvents')).toBe(1)
    expect(master.called('nodes')).toBeLessThanOrEqual(6)
  })

  it('keeps its journal from the first step to the last', async () => {
    const { cloud, scope, create } = await openOrder({ name: 'web', count: 1 })
    const acts: string[][] = []
    const look = (): void => {
      acts.push(listOrders(scope.orders)[0]?.entries.map(({ intent }) => intent.act.call) ?? [])
    }
    const { prepare, create: make } = cloud.session
    vi.spyOn(cloud.session, 'prepare').mockImplementation((order, call) => {
      look()
      return prepare(order, call)
    })
    vi.spyOn(cloud.session, 'create').mockImplementation((batch, call) => {
      look()
      return make(batch, call)
    })
    await finish(create())
    expect(acts).toEqual([
      ['enrol', 'prepare'],
      ['enrol', 'prepare', 'create'],
    ])
  })

  it('tells machines as they were last seen', async () => {
    const { create } = await openOrder({ count: 2 }, { bootTime: 12_000 })
    const outcome = await finish(create())
    expect(outcome.online.map(({ machine }) => machine.state)).toEqual(['running', 'running'])
  })
})

describe('names', () => {
  it('are chosen again where another command was quicker', async () => {
    const order = await openOrder()
    order.master.add({ name: 'web-2' })
    const outcome = await finish(order.create())
    expect(names(outcome.online)).toEqual(['web-1', 'web-3', 'web-4'])
    expect(names(order.master.nodes)).toEqual(['web-1', 'web-2', 'web-3', 'web-4'])
  })

  it('are the user’s own where there is one machine, and then taken for good', async () => {
    const order = await openOrder({ name: 'web', count: 1 })
    order.master.add({ name: 'web' })
    expect(await failureOf(order.create())).toMatchObject({ code: 'NAME_TAKEN' })
    expect(order.cloud.calls).toEqual([])
    expect(listOrders(order.scope.orders)).toEqual([])
  })

  it('are given up after five attempts', async () => {
    const order = await openOrder()
    const error = new MasterError('conflict', 'taken', { status: 409 })
    order.master.script('createEnrolment', { kind: 'throw', error }, 5)
    expect(await failureOf(order.create())).toMatchObject({ code: 'NAME_TAKEN' })
    expect(order.master.called('createEnrolment')).toBe(5)
  })

  it('stand on machines in the console, in one call beside the wait', async () => {
    const { cloud, create } = await openOrder()
    await finish(create())
    expect(cloud.called('nameMachines')).toHaveLength(1)
    expect(cloud.machines.map(({ node, consoleName }) => node === consoleName)).toEqual(
      Array(3).fill(true),
    )
  })

  it('in the console are no reason to fail', async () => {
    const order = await openOrder()
    order.cloud.fail('nameMachines', new ProvisionError('ACCESS_DENIED', 'no right to tag'))
    const outcome = await finish(order.create())
    expect(outcome.failed).toEqual([])
    expect(warnings(order)).toEqual(['machines got no names in the console: no right to tag'])
  })

  it('in the console hold nothing up for long', async () => {
    const order = await openOrder()
    order.cloud.script('nameMachines', { kind: 'hang' })
    const start = Date.now()
    await finish(order.create())
    expect(Date.now() - start).toBeLessThan(17_000)
    expect(warnings(order)).toEqual(['machines got no names in the console: it took too long'])
  })
})

describe('a master', () => {
  it('that refuses ends the order before anything is spent', async () => {
    const order = await openOrder()
    order.master.script('createEnrolment', {
      kind: 'throw',
      error: new MasterError('unauthorized', 'log in', { status: 401 }),
    })
    expect(await failureOf(order.create())).toMatchObject({ kind: 'unauthorized' })
    expect(order.cloud.calls).toEqual([])
    expect(listOrders(order.scope.orders)).toEqual([])
  })

  it.each(['unreachable', 'failed'] as const)(
    'that is %s for a moment is asked again',
    async (kind) => {
      const order = await openOrder()
      const error = new MasterError(kind, 'bad gateway')
      order.master.script('createEnrolment', { kind: 'commit-then-throw', error }, 2)
      const outcome = await finish(order.create())
      expect(outcome.online).toHaveLength(3)
      expect(order.master.nodes).toHaveLength(3)
    },
  )

  it.each(['unreachable', 'failed'] as const)(
    'that stays %s leaves the order open, as nodes may be registered',
    async (kind) => {
      const order = await openOrder()
      const error = new MasterError(kind, 'bad gateway')
      order.master.script('createEnrolment', { kind: 'commit-then-throw', error }, 99)
      expect(await failureOf(order.create())).toMatchObject({ code: 'LEFT_BEHIND' })
      expect(order.cloud.calls).toEqual([])
      expect(listOrders(order.scope.orders)).toHaveLength(1)
    },
  )

  it('that hangs is given up within a minute', async () => {
    const order = await openOrder()
    order.master.script('createEnrolment', { kind: 'hang' })
    const start = Date.now()
    expect(await failureOf(order.create())).toMatchObject({ code: 'LEFT_BEHIND' })
    expect(Date.now() - start).toBeLessThan(60_000)
  })

  it('silent at the deadline keeps every machine, and the order open', async () => {
    const order = await openOrder({ timeout: 60_000 })
    const work = order.create()
    await pass(2_000)
    order.master.isDown = true
    const outcome = await finish(work)
    expect(outcome).toMatchObject({ open: true, online: [], interrupted: false })
    expect(outcome.failed.map(({ left }) => left?.id)).toEqual(['rover-1', 'rover-2', 'rover-3'])
    expect(order.cloud.alive()).toHaveLength(3)
    expect(order.cloud.called('terminate')).toEqual([])
    expect(order.master.nodes).toHaveLength(3)
    expect(listOrders(order.scope.orders)).toHaveLength(1)
  })
})

describe('the label az', () => {
  it('is what the cloud says, and all other labels stay', async () => {
    const zones = { kepler: 9, tycho: 0 }
    const order = await openOrder({ count: 2, labels: ['disk=ssd'] }, { zones })
    const work = order.create()
    await pass(3_000)
    order.master.change('web-2', {
      labels: [...(order.master.find('web-2')?.labels ?? []), 'added=later'],
    })
    await finish(work)
    expect(order.master.find('web-1')?.labels).toContain('az=kepler')
    expect(order.master.find('web-2')?.labels).toEqual([
      'provider=moon',
      'region=moon',
      'type=rover',
      'disk=ssd',
      'added=later',
      'az=kepler',
    ])
  })

  it('keeps what a user labelled after the node came online', async () => {
    const order = await openOrder({ count: 2 }, { placesIn: 'kepler', zones: { a: 9, b: 9 } })
    order.master.stopsAt.set('web-2', 'enrolled')
    const work = order.create()
    await pass(60_000)
    const labels = order.master.find('web-1')?.labels ?? []
    order.master.change('web-1', { labels: [...labels, 'added=later'] })
    await finish(work)
    expect(order.master.find('web-1')?.labels).toContain('added=later')
    expect(order.master.find('web-1')?.labels).toContain('az=kepler')
  })

  it('costs no request where every machine is where it was asked for', async () => {
    const { master, create } = await openOrder()
    await finish(create())
    expect(master.called('updateNode') + master.called('node')).toBe(0)
  })

  it('that cannot be written is a warning', async () => {
    const order = await openOrder({ count: 1, name: 'web' }, { placesIn: 'kepler' })
    const error = new MasterError('failed', 'internal error')
    order.master.script('updateNode', { kind: 'throw', error })
    const outcome = await finish(order.create())
    expect(outcome.failed).toEqual([])
    expect(warnings(order)).toEqual(['label az of web is wrong: internal error'])
  })
})

describe('a full disk', () => {
  it('at the start spends nothing', async () => {
    const order = await openOrder()
    vi.spyOn(fs, 'writeSync').mockImplementation(() => {
      throw Object.assign(new Error('full'), { code: 'ENOSPC' })
    })
    expect(await failureOf(order.create())).toMatchObject({ code: 'LOCAL_FILE' })
    expect(order.cloud.calls).toEqual([])
    expect(order.master.calls).toEqual([])
  })

  it.each([3, 4, 5, 6])('from write %i on takes back what was made', async (first) => {
    const order = await openOrder()
    const { writeSync } = fs
    let writes = 0
    vi.spyOn(fs, 'writeSync').mockImplementation((file, data) => {
      if (++writes >= first) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      return writeSync(file, Buffer.from(String(data)))
    })
    let open = false
    try {
      open = (await finish(order.create())).open
    } catch (error) {
      expect(error).toMatchObject({ code: 'LOCAL_FILE' })
    }
    expect(open).toBe(false)
    expectNothingLeft(order)
  })
})

describe('a bug', () => {
  it('is not hidden, but what was made is taken away first, and the order stays open', async () => {
    const order = await openOrder()
    order.cloud.fail('find', new TypeError('bug'))
    expect(await failureOf(order.create())).toBeInstanceOf(TypeError)
    expect(order.cloud.alive()).toEqual([])
    expect(listOrders(order.scope.orders)).toHaveLength(1)
  })
})
