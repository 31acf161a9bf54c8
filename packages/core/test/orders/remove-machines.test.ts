import { describe, expect, it } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { resolveNodes } from '../../src/orders/find-nodes.ts'
import { listOrders } from '../../src/orders/journal.ts'
import { settleOrders } from '../../src/orders/settle.ts'
import { terminateNodes } from '../../src/orders/terminate-nodes.ts'
import type { FakeCloudOptions } from '../fake-cloud.ts'
import { failureOf, finish, type Moon } from '../moon.ts'
import { openOnline } from './online-moon.ts'
import { warnings } from './order-moon.ts'

const busy = new ProvisionError('BUSY', 'rover-1 is changing')

async function terminate({ scope }: Moon, names: readonly string[], timeout = 60_000) {
  const nodes = await resolveNodes(names, scope, { signal: scope.signal })
  await terminateNodes({ nodes, drainTimeout: 0, timeout }, scope)
}

/** Which machines the cloud was asked to terminate, call by call, and when after the first. */
function asked({ cloud }: Moon): { ids: readonly string[] | undefined; after: number }[] {
  const calls = cloud.called('terminate')
  return calls.map(({ ids, at }) => ({ ids, after: at - (calls[0]?.at ?? 0) }))
}

async function openSteps(options: FakeCloudOptions = {}) {
  return openOnline({}, { steps: 2, ...options })
}

describe('a cloud that takes several steps to terminate', () => {
  it('is asked for the next until its machines are going, and no more then', async () => {
    const moon = await openSteps({ goneTime: 30_000 })
    await finish(terminate(moon, ['web-1', 'web-2', 'web-3']))
    expect(moon.cloud.alive()).toEqual([])
    expect(moon.master.nodes).toEqual([])
    const all = ['rover-1', 'rover-2', 'rover-3']
    expect(asked(moon)).toEqual([
      { ids: all, after: 0 },
      { ids: all, after: 6_000 },
    ])
  })

  it('is asked only for the machines that are not on their way', async () => {
    const moon = await openSteps({ goneTime: 30_000 })
    moon.cloud.strike('web-2', 'stopped')
    await finish(terminate(moon, ['web-1', 'web-2']))
    expect(asked(moon)).toEqual([
      { ids: ['rover-1', 'rover-2'], after: 0 },
      { ids: ['rover-1'], after: 6_000 },
    ])
  })

  it('writes one intent for all its steps', async () => {
    const moon = await openSteps()
    moon.cloud.script('removeShared', { kind: 'throw', error: busy }, 999)
    await failureOf(terminate(moon, ['web-1', 'web-2', 'web-3']))
    const [file] = listOrders(moon.scope.orders)
    const acts = file?.entries.map(({ intent }) => intent.act.call)
    expect(acts?.filter((act) => act === 'terminate')).toHaveLength(1)
  })

  it('is told from one that did not begin, where the next command settles what was cut off', async () => {
    const moon = await openSteps()
    moon.cloud.fail('terminate', busy, 999)
    await failureOf(terminate(moon, ['web-1', 'web-2']))
    moon.cloud.strike('web-1', 'stopped')
    await finish(settleOrders(await moon.nextCommand()))
    expect(warnings(moon)).toEqual([
      'web-1 was not terminated and its machine is stopped',
      'web-2 was not terminated and still runs',
    ])
    expect(moon.cloud.alive()).toEqual(['web-1', 'web-2', 'web-3'])
  })
})

describe('a cloud that is busy with machines', () => {
  it('is asked again, every few seconds, until it is not', async () => {
    const moon = await openOnline()
    moon.cloud.fail('terminate', busy, 3)
    await finish(terminate(moon, ['web-1']))
    expect(moon.cloud.alive()).toEqual(['web-2', 'web-3'])
    expect(asked(moon).map(({ after }) => after)).toEqual([0, 6_000, 12_000, 18_000])
  })

  it('is asked until the deadline, and then told of with its own reason', async () => {
    const moon = await openOnline()
    moon.cloud.fail('terminate', busy, 999)
    expect(await failureOf(terminate(moon, ['web-1'], 30_000))).toMatchObject({
      code: 'LEFT_BEHIND',
      message: 'the cloud has not finished terminating rover-1: rover-1 is changing',
    })
    expect(moon.master.find('web-1')).toBeDefined()
  })

  it('is not waited for when it says that it will not', async () => {
    const moon = await openOnline()
    const denied = new ProvisionError('ACCESS_DENIED', 'no right to terminate')
    moon.cloud.fail('terminate', busy)
    moon.cloud.fail('terminate', denied)
    expect(await failureOf(terminate(moon, ['web-1']))).toBe(denied)
  })

  it('does not keep the others from being reported gone', async () => {
    const moon = await openOnline({}, { steps: 2 })
    moon.cloud.strike('web-2', 'pending')
    expect(await failureOf(terminate(moon, ['web-1', 'web-2'], 40_000))).toMatchObject({
      message: expect.stringContaining('terminating rover-2'),
    })
    expect(moon.master.nodes.map(({ name }) => name)).toEqual(['web-2', 'web-3'])
  })
})
