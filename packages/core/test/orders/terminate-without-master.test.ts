import { describe, expect, it } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { listOrders } from '../../src/orders/journal.ts'
import { settleOrders } from '../../src/orders/settle.ts'
import { terminateWithoutMaster } from '../../src/orders/terminate-without-master.ts'
import { failureOf, finish, type Moon, owner, pass } from '../moon.ts'
import { openOnline } from './online-moon.ts'

async function openSilent(options = {}): Promise<Moon> {
  const moon = await openOnline({}, options)
  moon.master.isDown = true
  return moon
}

function terminate({ scope }: Moon, names: readonly string[]): Promise<void> {
  return terminateWithoutMaster({ names, timeout: 60_000 }, scope)
}

describe('terminateWithoutMaster', () => {
  it('takes machines away by their tags, without a word to the master', async () => {
    const moon = await openSilent()
    await finish(terminate(moon, ['web-1', 'rover-2', 'web-1']))
    expect(moon.cloud.alive()).toEqual(['web-3'])
    expect(moon.master.calls).toEqual([])
  })

  it('leaves the records to the next command that reaches the master', async () => {
    const moon = await openSilent()
    await finish(terminate(moon, ['web-1', 'rover-2']))
    expect(listOrders(moon.scope.orders)).toHaveLength(1)
    await finish(settleOrders(await moon.nextCommand()))
    expect(moon.master.nodes).toHaveLength(3)
    moon.master.isDown = false
    await finish(settleOrders(await moon.nextCommand()))
    expect(moon.master.nodes.map(({ name }) => name)).toEqual(['web-3'])
    expect(moon.cloud.isPrepared).toBe(true)
    expect(listOrders(moon.scope.orders)).toEqual([])
  })

  it('leaves the firewall of the last to the next command too', async () => {
    const moon = await openSilent()
    await finish(terminate(moon, ['web-1', 'web-2', 'web-3']))
    moon.master.isDown = false
    await finish(settleOrders(await moon.nextCommand()))
    expect(moon.master.nodes).toEqual([])
    expect(moon.cloud.isPrepared).toBe(false)
  })

  it('drops also the record of a node that never enrolled', async () => {
    const moon = await openSilent()
    moon.master.change('web-1', { machine: null, has_token: false, connected: false })
    await finish(terminate(moon, ['web-1']))
    moon.master.isDown = false
    await finish(settleOrders(await moon.nextCommand()))
    expect(moon.master.find('web-1')).toBeUndefined()
  })

  it('finds nothing that is gone, of another master or unknown', async () => {
    const moon = await openSilent()
    moon.cloud.strike('web-1', 'gone')
    const other = moon.cloud.machines.find(({ node }) => node === 'web-2')
    Object.assign(other ?? {}, { batch: { ...other?.batch, owner: { ...owner, master: 'other' } } })
    for (const name of ['web-1', 'web-2', 'db']) {
      expect(await failureOf(terminate(moon, ['web-3', name]))).toMatchObject({
        code: 'NOT_FOUND',
        message: `grid luna has no machine tagged ${name}`,
      })
    }
    expect(moon.cloud.called('terminate')).toEqual([])
    expect(listOrders(moon.scope.orders)).toEqual([])
  })

  it('takes none of several machines of the same name', async () => {
    const moon = await openSilent()
    for (const machine of moon.cloud.machines) machine.consoleName = 'web'
    expect(await failureOf(terminate(moon, ['web']))).toMatchObject({
      message: 'grid luna has more than one machine tagged web',
    })
    await finish(terminate(moon, ['rover-1']))
    expect(moon.cloud.alive()).toEqual(['web-2', 'web-3'])
  })

  it('says what the cloud has not finished', async () => {
    const moon = await openSilent({ goneTime: 100_000 })
    expect(await failureOf(terminate(moon, ['web-1']))).toMatchObject({
      code: 'LEFT_BEHIND',
      message: 'the cloud has not finished terminating rover-1',
      hint: 'type the same command again; it goes on where it stopped',
    })
    await pass(60_000)
    moon.master.isDown = false
    await finish(settleOrders(await moon.nextCommand()))
    expect(moon.master.find('web-1')).toBeUndefined()
  })

  it('that was refused changes nothing, also not when it is settled', async () => {
    const moon = await openSilent()
    const denied = new ProvisionError('ACCESS_DENIED', 'no right')
    moon.cloud.fail('terminate', denied)
    moon.master.change('web-1', { availability: 'drain' })
    expect(await failureOf(terminate(moon, ['web-1']))).toBe(denied)
    moon.master.isDown = false
    await finish(settleOrders(await moon.nextCommand()))
    expect(moon.master.find('web-1')?.availability).toBe('drain')
    expect(moon.cloud.alive()).toHaveLength(3)
  })
})
