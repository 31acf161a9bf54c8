import { MasterError } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { createNodes } from '../../src/orders/create-nodes.ts'
import { listOrders } from '../../src/orders/journal.ts'
import type { OrderRecord } from '../../src/orders/order-record.ts'
import { planOrder } from '../../src/orders/plan.ts'
import { finish, openMoon, pass, request } from '../moon.ts'
import { expectSettled, settle, told, writeOrder } from './settled-moon.ts'

describe('a dead terminate', () => {
  /** A node that is online on a machine of its own, drained by a command that died. */
  async function openDrained(changes: Partial<OrderRecord['nodes'][number]> = {}) {
    const moon = await openMoon()
    const plan = await finish(planOrder(request({ name: 'web', count: 1 }), moon.scope))
    await finish(createNodes(plan, moon.scope))
    moon.master.change('web', { availability: 'drain', status: 'drain' })
    moon.master.calls.length = 0
    const nodes = [
      {
        ...{ name: 'web', machine: 'rover-1', order: plan.id, availability: 'active' as const },
        ...changes,
      },
    ]
    writeOrder(moon, { kind: 'terminate', nodes })
    return moon
  }

  it('leaves a machine alone that still runs, and takes its drain back', async () => {
    const moon = await openDrained()
    await settle(moon)
    expect(told(moon)).toEqual(['settled: kept web'])
    expect(moon.cloud.alive()).toEqual(['web'])
    expect(moon.master.find('web')).toMatchObject({ availability: 'active', status: 'online' })
    expect(moon.events).toContainEqual({
      type: 'warning',
      message: 'web was not terminated and still runs',
    })
    expect(listOrders(moon.scope.orders)).toEqual([])
  })

  it.each(['drain', undefined] as const)(
    'changes nothing of a node that was %s before',
    async (availability) => {
      const moon = await openDrained({ availability })
      await settle(moon)
      expect(moon.master.find('web')?.availability).toBe('drain')
      expect(moon.master.called('updateNode')).toBe(0)
    },
  )

  it('drops the record of a machine that is gone, and the firewall with the last', async () => {
    const moon = await openDrained()
    await finish(moon.cloud.session.terminate(['rover-1'], moon.scope))
    await pass(10_000)
    await settle(moon)
    expectSettled(moon)
    expect(told(moon)).toEqual(['settled: took web away'])
  })

  it('finds the record by the machine where the order names only that', async () => {
    const moon = await openDrained({ name: 'rover-1', order: undefined, availability: undefined })
    await finish(moon.cloud.session.terminate(['rover-1'], moon.scope))
    await pass(10_000)
    await settle(moon)
    expect(moon.master.nodes).toEqual([])
  })

  it('never drops the record of a new node that has the name by now', async () => {
    const moon = await openDrained()
    await finish(moon.cloud.session.terminate(['rover-1'], moon.scope))
    await pass(10_000)
    await moon.master.client.removeNode('luna', 'web')
    moon.master.add({ name: 'web', order: '01JNEW00000000000000000000', enrolment: 'pending' })
    await settle(moon)
    expect(moon.master.find('web')?.order).toBe('01JNEW00000000000000000000')
  })

  it('drops a record that never had a machine', async () => {
    const moon = await openMoon()
    moon.master.add({ name: 'web', labels: ['provider=moon', 'region=moon'] })
    writeOrder(moon, { kind: 'terminate', nodes: [{ name: 'web' }] })
    await settle(moon)
    expect(moon.master.nodes).toEqual([])
  })

  it('stays open while the firewall is held, at most a minute', async () => {
    const moon = await openDrained()
    await finish(moon.cloud.session.terminate(['rover-1'], moon.scope))
    await pass(10_000)
    moon.cloud.fail('removeShared', new ProvisionError('BUSY', 'in use'), 99)
    const start = Date.now()
    await settle(moon)
    expect(Date.now() - start).toBeLessThan(70_000)
    expect(told(moon)).toEqual(['open: the firewall is still in use'])
  })

  it('stays open where the master will not drop the record yet', async () => {
    const moon = await openDrained()
    moon.cloud.strike('web', 'gone')
    const error = new MasterError('invalid', 'it would come back', { status: 422 })
    moon.master.script('removeNode', { kind: 'throw', error })
    await settle(moon)
    expect(told(moon)).toEqual(['open: it would come back'])
  })
})
