import fs from 'node:fs'
import { MasterError } from '@kontena/protocol'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { resolveNodes } from '../../src/orders/find-nodes.ts'
import { listOrders } from '../../src/orders/journal.ts'
import type { Scope } from '../../src/orders/scope.ts'
import { settleOrders } from '../../src/orders/settle.ts'
import { type TerminateOptions, terminateNodes } from '../../src/orders/terminate-nodes.ts'
import { failureOf, finish, type Moon, owner, pass } from '../moon.ts'
import { openOnline } from './online-moon.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

/** What the command does: looks the names up, then takes them away. */
async function terminate(
  scope: Scope,
  names: readonly string[],
  options: Partial<TerminateOptions> = {},
): Promise<void> {
  const nodes = await resolveNodes(names, scope, { signal: scope.signal })
  await terminateNodes({ nodes, drainTimeout: 0, timeout: 60_000, ...options }, scope)
}

const all = ['web-1', 'web-2', 'web-3']

function recorded({ master }: Moon): string[] {
  return master.nodes.map(({ name }) => name)
}

function expectNothingLeft(moon: Moon): void {
  expect(moon.cloud.alive()).toEqual([])
  expect(recorded(moon)).toEqual([])
  expect(moon.cloud.isPrepared).toBe(false)
  expect(fs.readdirSync(moon.scope.orders)).toEqual([])
}

const denied = new ProvisionError('ACCESS_DENIED', 'no right to terminate')
const busy = new ProvisionError('BUSY', 'a rover leans on the wall')

describe('terminateNodes', () => {
  it('takes machines, records and with the last of them the firewall away', async () => {
    const moon = await openOnline()
    await finish(terminate(moon.scope, all))
    expectNothingLeft(moon)
    expect(moon.cloud.called('terminate')).toMatchObject([
      { ids: ['rover-1', 'rover-2', 'rover-3'] },
    ])
    expect(moon.cloud.called('removeShared')).toHaveLength(1)
  })

  it('leaves the others alone, and the firewall that they need', async () => {
    const moon = await openOnline()
    await finish(terminate(moon.scope, ['web-2']))
    expect(moon.cloud.alive()).toEqual(['web-1', 'web-3'])
    expect(recorded(moon)).toEqual(['web-1', 'web-3'])
    expect(moon.cloud.isPrepared).toBe(true)
    expect(moon.cloud.called('removeShared')).toEqual([])
    expect(listOrders(moon.scope.orders)).toEqual([])
  })

  it('leaves the firewall to a machine that has no record', async () => {
    const moon = await openOnline()
    await moon.master.client.removeNode('luna', 'web-3')
    await finish(terminate(moon.scope, ['web-1', 'web-2']))
    expect(moon.cloud.isPrepared).toBe(true)
  })

  it('drains first, waits as long as was asked, and then terminates', async () => {
    const moon = await openOnline()
    const start = Date.now()
    const work = terminate(moon.scope, ['web-1'], { drainTimeout: 30_000 })
    await pass(29_000)
    expect(moon.master.find('web-1')?.availability).toBe('drain')
    expect(moon.cloud.called('terminate')).toEqual([])
    await finish(work)
    expect((moon.cloud.called('terminate')[0]?.at ?? 0) - start).toBeGreaterThanOrEqual(30_000)
    expect(moon.events).toContainEqual({
      type: 'waiting',
      reason: 'draining web-1',
      milliseconds: 30_000,
    })
  })

  it('waits no longer than it takes services to leave', async () => {
    const moon = await openOnline()
    const work = terminate(moon.scope, ['web-1', 'web-2'], { drainTimeout: 300_000 })
    await pass(20_000)
    moon.master.change('web-1', { drained: true })
    await pass(20_000)
    expect(moon.cloud.called('terminate')).toEqual([])
    moon.master.change('web-2', { connected: false, status: 'offline' })
    await pass(2_000)
    expect(moon.cloud.called('terminate')).toHaveLength(1)
    await finish(work)
    expect(moon.master.called('nodes')).toBeLessThan(12)
  })

  it('does not wait for a node that was drained before', async () => {
    const moon = await openOnline()
    moon.master.change('web-1', { availability: 'drain' })
    const start = Date.now()
    await finish(terminate(moon.scope, ['web-1'], { drainTimeout: 300_000 }))
    expect(Date.now() - start).toBeLessThan(60_000)
    expect(moon.master.called('updateNode')).toBe(0)
  })

  it('drops a record only when its machine is gone', async () => {
    const moon = await openOnline({}, { goneTime: 20_000 })
    const work = terminate(moon.scope, ['web-1'])
    await pass(15_000)
    expect(recorded(moon)).toContain('web-1')
    await finish(work)
    expect(recorded(moon)).not.toContain('web-1')
  })

  it('tells each node’s end once', async () => {
    const moon = await openOnline()
    await finish(terminate(moon.scope, ['web-1', 'web-2']))
    const told = moon.events.flatMap((event) =>
      event.type === 'node' ? `${event.name} ${event.phase}` : [],
    )
    expect(told).toEqual(['web-1 terminating', 'web-2 terminating', 'web-1 gone', 'web-2 gone'])
  })

  it('writes its intent before the machine is touched', async () => {
    const moon = await openOnline()
    const { terminate: real } = moon.cloud.session
    let seen: unknown
    vi.spyOn(moon.cloud.session, 'terminate').mockImplementation((ids, call) => {
      const [file] = listOrders(moon.scope.orders)
      seen = { nodes: file?.order.nodes, acts: file?.entries.map(({ intent }) => intent.act) }
      return real(ids, call)
    })
    await finish(terminate(moon.scope, ['web-1']))
    expect(seen).toMatchObject({
      nodes: [{ name: 'web-1', machine: 'rover-1', availability: 'active' }],
      acts: [
        { call: 'drain', names: ['web-1'] },
        { call: 'terminate', ids: ['rover-1'] },
      ],
    })
  })

  it('asks the cloud every 2 s whether they are gone, in one call for all', async () => {
    const moon = await openOnline({}, { goneTime: 21_000 })
    moon.cloud.calls.length = 0
    const nodes = await finish(resolveNodes(all, moon.scope, { signal: moon.scope.signal }))
    moon.cloud.calls.length = 0
    await finish(terminateNodes({ nodes, drainTimeout: 0, timeout: 60_000 }, moon.scope))
    const polls = moon.cloud.called('find').filter(({ query }) => query && 'ids' in query)
    expect(polls).toHaveLength(12)
    expect(polls[0]?.query).toEqual({ ids: ['rover-1', 'rover-2', 'rover-3'], owner })
  })
})

describe('what is gone already', () => {
  it('is success: the machine', async () => {
    const moon = await openOnline()
    moon.cloud.strike('web-1', 'gone')
    await finish(terminate(moon.scope, ['web-1']))
    expect(recorded(moon)).toEqual(['web-2', 'web-3'])
    expect(moon.cloud.called('terminate')).toEqual([])
  })

  it('is success: the record, between look and call', async () => {
    const moon = await openOnline()
    const nodes = await finish(resolveNodes(all, moon.scope, { signal: moon.scope.signal }))
    await moon.master.client.removeNode('luna', 'web-2')
    await finish(terminateNodes({ nodes, drainTimeout: 0, timeout: 60_000 }, moon.scope))
    expectNothingLeft(moon)
  })

  it('is success: the record alone, before any look', async () => {
    const moon = await openOnline()
    await moon.master.client.removeNode('luna', 'web-2')
    await finish(terminate(moon.scope, ['web-2']))
    expect(moon.cloud.alive()).toEqual(['web-1', 'web-3'])
  })

  it('is success for the second of two commands at once', async () => {
    const moon = await openOnline()
    const scopes = [moon.scope, await moon.nextCommand()]
    const nodes = await finish(resolveNodes(all, moon.scope, { signal: moon.scope.signal }))
    const options = { nodes, drainTimeout: 0, timeout: 60_000 }
    await finish(Promise.all(scopes.map((scope) => terminateNodes(options, scope))))
    expectNothingLeft(moon)
  })
})

describe('a machine that the cloud does not show', () => {
  it('is waited for while its agent is connected, and then taken away', async () => {
    const moon = await openOnline({ name: 'web', count: 1 }, { visibleAfter: 40_000 })
    await finish(terminate(moon.scope, ['web']))
    expectNothingLeft(moon)
  })

  it('counts as gone once its agent has ended', async () => {
    const moon = await openOnline({ name: 'web', count: 1 }, { visibleAfter: 400_000 })
    const work = terminate(moon.scope, ['web'])
    await pass(5_000)
    moon.master.change('web', { connected: false, status: 'offline' })
    const start = Date.now()
    await finish(work)
    expect(Date.now() - start).toBeLessThan(5_000)
    expect(recorded(moon)).toEqual([])
  })

  it('counts as gone after two minutes', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    moon.cloud.machines.length = 0
    const start = Date.now()
    await finish(terminate(moon.scope, ['web']))
    expect(Date.now() - start).toBeLessThan(125_000)
    expectNothingLeft(moon)
  })

  it('leaves a dead terminate open while its agent is connected', async () => {
    const moon = await openOnline({ name: 'web', count: 1 }, { visibleAfter: 40_000 })
    const work = terminate(moon.scope, ['web'])
    await pass(5_000)
    moon.interrupt()
    await expect(finish(work)).rejects.toThrow('interrupted')
    await finish(settleOrders(await moon.nextCommand()))
    expect(moon.events.at(-1)).toMatchObject({
      type: 'open-order',
      reason: 'web is online, but the cloud does not show its machine',
    })
    expect(recorded(moon)).toEqual(['web'])
  })
})

describe('a node that joined with the grid’s token', () => {
  it('keeps its record until its agent is offline', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    moon.master.change('web', { has_token: false })
    const work = terminate(moon.scope, ['web'])
    await pass(30_000)
    expect(moon.cloud.alive()).toEqual([])
    expect(recorded(moon)).toEqual(['web'])
    expect(moon.master.called('removeNode')).toBe(0)
    moon.master.change('web', { connected: false, status: 'offline' })
    await finish(work)
    expectNothingLeft(moon)
  })

  it('is asked for again where the master refuses, as its agent came back', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    moon.master.change('web', { has_token: false, connected: false })
    const error = new MasterError('invalid', 'it would come back', { status: 422 })
    moon.master.script('removeNode', { kind: 'throw', error }, 2)
    await finish(terminate(moon.scope, ['web']))
    expectNothingLeft(moon)
  })

  it('may lose its record to another command meanwhile', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    moon.master.change('web', { has_token: false })
    const work = terminate(moon.scope, ['web'])
    await pass(20_000)
    moon.master.nodes.length = 0
    await finish(work)
    expectNothingLeft(moon)
  })

  it('that never goes offline is told as such, and the order stays open', async () => {
    const moon = await openOnline({ name: 'web', count: 1 })
    moon.master.change('web', { has_token: false })
    expect(await failureOf(terminate(moon.scope, ['web']))).toMatchObject({
      code: 'LEFT_BEHIND',
      message: 'web is still online though its machine is gone',
    })
    expect(listOrders(moon.scope.orders)).toHaveLength(1)
  })
})

describe('the firewall', () => {
  it('is removed as soon as nothing holds it', async () => {
    const moon = await openOnline()
    moon.cloud.fail('removeShared', busy, 5)
    await finish(terminate(moon.scope, all))
    expectNothingLeft(moon)
    expect(moon.cloud.called('removeShared')).toHaveLength(6)
  })

  it('that is held for ever leaves the order open, for the next command to settle', async () => {
    const moon = await openOnline()
    moon.cloud.fail('removeShared', busy, 999)
    expect(await failureOf(terminate(moon.scope, all))).toMatchObject({
      code: 'LEFT_BEHIND',
      message: 'the machines are gone, but the firewall of grid luna is still held by something',
    })
    expect(moon.cloud.alive()).toEqual([])
    expect(recorded(moon)).toEqual([])
    expect(listOrders(moon.scope.orders)).toHaveLength(1)
  })
})

describe('a failure', () => {
  it('of the master before anything is done leaves all as it was', async () => {
    const moon = await openOnline()
    moon.master.isDown = true
    expect(await failureOf(terminate(moon.scope, all))).toMatchObject({ kind: 'unreachable' })
    expect(moon.cloud.called('terminate')).toEqual([])
    expect(listOrders(moon.scope.orders)).toEqual([])
  })

  it('to terminate is passed on, and the next command takes the drain back', async () => {
    const moon = await openOnline()
    moon.cloud.fail('terminate', denied)
    expect(await failureOf(terminate(moon.scope, ['web-1']))).toBe(denied)
    expect(moon.master.find('web-1')?.availability).toBe('drain')
    await finish(settleOrders(await moon.nextCommand()))
    expect(moon.master.find('web-1')?.availability).toBe('active')
    expect(listOrders(moon.scope.orders)).toEqual([])
  })

  it('to see the machine go is told with what to do, and repeating the command ends it', async () => {
    const moon = await openOnline({}, { goneTime: 100_000 })
    expect(await failureOf(terminate(moon.scope, all))).toMatchObject({
      code: 'LEFT_BEHIND',
      message: 'the cloud has not finished terminating rover-1, rover-2, rover-3',
      hint: 'type the same command again; it goes on where it stopped',
    })
    expect(recorded(moon)).toEqual(all)
    await pass(60_000)
    const next = await moon.nextCommand()
    await finish(settleOrders(next))
    expectNothingLeft(moon)
  })

  it('names only the machines that are still there', async () => {
    const moon = await openOnline({}, { goneTime: 100_000 })
    const work = terminate(moon.scope, all)
    await pass(10_000)
    moon.cloud.strike('web-2', 'gone')
    expect(await failureOf(work)).toMatchObject({
      message: 'the cloud has not finished terminating rover-1, rover-3',
    })
    expect(recorded(moon)).toEqual(['web-1', 'web-3'])
  })

  it('of the master in the middle can be repeated', async () => {
    const moon = await openOnline()
    const error = new MasterError('unreachable', 'the master is gone')
    moon.master.script('removeNode', { kind: 'throw', error })
    expect(await failureOf(terminate(moon.scope, all))).toBe(error)
    const next = await moon.nextCommand()
    await finish(settleOrders(next))
    expectNothingLeft(moon)
  })

  it('of the disk does not stop what has begun', async () => {
    const moon = await openOnline()
    const { writeSync } = fs
    let writes = 0
    vi.spyOn(fs, 'writeSync').mockImplementation((file, data) => {
      if (++writes > 3) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      return writeSync(file, Buffer.from(String(data)))
    })
    await finish(terminate(moon.scope, all))
    expectNothingLeft(moon)
  })
})

describe('Ctrl-C', () => {
  it('while nodes drain leaves their machines, and the next command takes the drain back', async () => {
    const moon = await openOnline()
    const work = terminate(moon.scope, ['web-1'], { drainTimeout: 60_000 })
    await pass(10_000)
    moon.interrupt()
    await expect(finish(work)).rejects.toThrow('interrupted')
    expect(moon.cloud.alive()).toHaveLength(3)
    await finish(settleOrders(await moon.nextCommand()))
    expect(moon.master.find('web-1')?.availability).toBe('active')
  })

  it('while machines go leaves the rest to the next command', async () => {
    const moon = await openOnline({}, { goneTime: 20_000 })
    const work = terminate(moon.scope, all)
    await pass(10_000)
    moon.interrupt()
    await expect(finish(work)).rejects.toThrow('interrupted')
    await pass(20_000)
    await finish(settleOrders(await moon.nextCommand()))
    expectNothingLeft(moon)
  })
})
