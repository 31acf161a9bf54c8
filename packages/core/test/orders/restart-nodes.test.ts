import { MasterError } from '@kontena/protocol'
import { describe, expect, it } from 'vitest'
import { findNodes } from '../../src/orders/find-nodes.ts'
import { restartNodes } from '../../src/orders/restart-nodes.ts'
import { failureOf, finish, type Moon, pass } from '../moon.ts'
import { openOnline } from './online-moon.ts'

async function restart(moon: Moon, names: readonly string[], timeout = 60_000): Promise<void> {
  const nodes = await findNodes(moon.scope, { signal: moon.scope.signal })
  const chosen = nodes.filter(({ name }) => names.includes(name))
  await restartNodes(chosen, timeout, moon.scope)
}

describe('restartNodes', () => {
  it('restarts machines in one call and waits until their agents have connected anew', async () => {
    const moon = await openOnline()
    const before = moon.master.find('web-1')?.connected_at
    await pass(5_000)
    await finish(restart(moon, ['web-1', 'web-3']))
    expect(moon.cloud.called('restart')).toMatchObject([{ ids: ['rover-1', 'rover-3'] }])
    expect(moon.master.find('web-1')?.connected_at).not.toBe(before)
    const told = moon.events.flatMap((event) =>
      event.type === 'node' ? `${event.name} ${event.phase}` : [],
    )
    expect(told.sort()).toEqual([
      'web-1 online',
      'web-1 starting',
      'web-3 online',
      'web-3 starting',
    ])
  })

  it('takes a drained node for back as well', async () => {
    const moon = await openOnline()
    moon.master.change('web-1', { availability: 'drain', status: 'drain' })
    await pass(1_000)
    await finish(restart(moon, ['web-1']))
    expect(moon.master.find('web-1')?.status).toBe('drain')
  })

  it('names those that do not come back', async () => {
    const moon = await openOnline()
    moon.master.stopsAt.set('web-2', 'enrolled')
    await pass(1_000)
    expect(await failureOf(restart(moon, ['web-1', 'web-2']))).toMatchObject({
      code: 'TIMED_OUT',
      message: 'waited in vain for web-2 to be online again',
    })
  })

  it('refuses a node whose machine is gone, and restarts none', async () => {
    const moon = await openOnline()
    moon.cloud.strike('web-2', 'gone')
    expect(await failureOf(restart(moon, ['web-1', 'web-2']))).toMatchObject({
      code: 'NOT_FOUND',
      message: 'the machine of web-2 is gone',
      hint: 'remove its record with: kontena moon node terminate web-2',
    })
    expect(moon.cloud.called('restart')).toEqual([])
  })

  it('is refused by a provider that cannot', async () => {
    const moon = await openOnline()
    const { restart: _, ...session } = moon.scope.session
    const nodes = await finish(findNodes(moon.scope, { signal: moon.scope.signal }))
    await expect(restartNodes(nodes, 60_000, { ...moon.scope, session })).rejects.toMatchObject({
      code: 'NOT_SUPPORTED',
      message: 'The Moon cannot restart machines',
    })
  })

  it('outlasts a master that does not answer for a moment', async () => {
    const moon = await openOnline()
    await pass(1_000)
    const nodes = await finish(findNodes(moon.scope, { signal: moon.scope.signal }))
    const error = new MasterError('unreachable', 'the master is gone')
    moon.master.script('nodes', { kind: 'throw', error }, 3)
    await finish(restartNodes(nodes, 60_000, moon.scope))
  })

  it('waits for no machine without a record', async () => {
    const moon = await openOnline()
    await moon.master.client.removeNode('luna', 'web-1')
    const start = Date.now()
    await finish(restart(moon, ['web-1']))
    expect(Date.now() - start).toBeLessThan(5_000)
    expect(moon.cloud.called('restart')).toHaveLength(1)
  })

  it('ends at Ctrl-C', async () => {
    const moon = await openOnline()
    moon.master.stopsAt.set('web-2', 'enrolled')
    await pass(1_000)
    const work = restart(moon, ['web-2'])
    await pass(5_000)
    moon.interrupt()
    await expect(finish(work)).rejects.toThrow('interrupted')
  })
})
