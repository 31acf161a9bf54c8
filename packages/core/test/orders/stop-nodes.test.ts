import { describe, expect, it } from 'vitest'
import { findNodes } from '../../src/orders/find-nodes.ts'
import type { Scope } from '../../src/orders/scope.ts'
import { startNodes } from '../../src/orders/start-nodes.ts'
import { stopNodes } from '../../src/orders/stop-nodes.ts'
import { failureOf, finish, type Moon, pass } from '../moon.ts'
import { openOnline } from './online-moon.ts'

type Work = typeof stopNodes

async function run(work: Work, moon: Moon, names: readonly string[], timeout = 60_000) {
  const nodes = await findNodes(moon.scope, { signal: moon.scope.signal })
  await work(
    nodes.filter(({ name }) => names.includes(name)),
    timeout,
    moon.scope,
  )
}
const stop = run.bind(undefined, stopNodes)
const start = run.bind(undefined, startNodes)

/** Nodes of a moon with these stopped, as a command of before has left them. */
async function openStopped(...names: string[]): Promise<Moon> {
  const moon = await openOnline()
  await finish(stop(moon, names))
  moon.cloud.calls.length = 0
  moon.events.length = 0
  return moon
}

function phases({ events }: Moon): string[] {
  return events
    .flatMap((event) => (event.type === 'node' ? `${event.name} ${event.phase}` : []))
    .sort()
}

function states(moon: Moon): string[] {
  return moon.cloud.machines.map(({ node, state }) => `${node} ${state}`)
}

describe('stopNodes', () => {
  it('stops machines in one call and waits until they are, and leaves the others alone', async () => {
    const moon = await openOnline()
    await finish(stop(moon, ['web-1', 'web-3']))
    expect(moon.cloud.called('stop')).toMatchObject([{ ids: ['rover-1', 'rover-3'] }])
    expect(states(moon)).toEqual(['web-1 stopped', 'web-2 running', 'web-3 stopped'])
    expect(phases(moon)).toEqual([
      'web-1 stopped',
      'web-1 stopping',
      'web-3 stopped',
      'web-3 stopping',
    ])
  })

  it('leaves records and their availability as they are', async () => {
    const moon = await openOnline()
    await finish(stop(moon, ['web-1']))
    expect(moon.master.find('web-1')).toMatchObject({ availability: 'active' })
    expect(moon.master.called('updateNode')).toBe(0)
  })

  it('says of an ephemeral node what becomes of it', async () => {
    const moon = await openOnline({ ephemeral: true, count: 2 })
    await finish(stop(moon, ['web-1']))
    expect(moon.events.filter(({ type }) => type === 'warning')).toEqual([
      {
        type: 'warning',
        message: 'web-1 is ephemeral: the master forgets it 6 h after it went offline',
        hint: 'start it before that, as in: kontena moon node start web-1',
      },
    ])
  })

  it('asks for nothing where all are stopped', async () => {
    const moon = await openStopped('web-1')
    await finish(stop(moon, ['web-1']))
    expect(moon.cloud.called('stop')).toEqual([])
    expect(moon.events).toEqual([])
  })

  it('names those that do not stop', async () => {
    const moon = await openOnline()
    const work = failureOf(stop(moon, ['web-1', 'web-2'], 20_000))
    await pass(3_000)
    moon.cloud.strike('web-2', 'running')
    expect(await work).toMatchObject({
      code: 'TIMED_OUT',
      message: 'waited in vain for web-2 to be stopped',
    })
  })

  it('waits for the others before it tells of a machine that went meanwhile', async () => {
    const moon = await openOnline()
    const work = failureOf(stop(moon, ['web-1', 'web-2']))
    await pass(1_000)
    moon.cloud.strike('web-2', 'gone')
    expect(await work).toMatchObject({
      code: 'MACHINE_FAILED',
      message: 'the machine of web-2 is gone',
    })
    expect(states(moon)).toContain('web-1 stopped')
  })

  it('refuses a node whose machine is gone, and stops none', async () => {
    const moon = await openOnline()
    moon.cloud.strike('web-2', 'gone')
    expect(await failureOf(stop(moon, ['web-1', 'web-2']))).toMatchObject({
      code: 'NOT_FOUND',
      hint: 'remove its record with: kontena moon node terminate web-2',
    })
    expect(moon.cloud.called('stop')).toEqual([])
  })

  it('ends at Ctrl-C', async () => {
    const moon = await openOnline()
    const work = stop(moon, ['web-1'])
    await pass(1_000)
    moon.interrupt()
    await expect(finish(work)).rejects.toThrow('interrupted')
  })
})

describe('startNodes', () => {
  it('starts machines in one call and waits until their agents have connected anew', async () => {
    const moon = await openStopped('web-1', 'web-3')
    const before = moon.master.find('web-1')?.connected_at
    await finish(start(moon, ['web-1', 'web-3']))
    expect(moon.cloud.called('start')).toMatchObject([{ ids: ['rover-1', 'rover-3'] }])
    expect(moon.master.find('web-1')?.connected_at).not.toBe(before)
    expect(phases(moon)).toEqual([
      'web-1 online',
      'web-1 running',
      'web-1 starting',
      'web-3 online',
      'web-3 running',
      'web-3 starting',
    ])
  })

  it('asks for nothing where a machine runs and its agent is online', async () => {
    const moon = await openOnline()
    await finish(start(moon, ['web-1']))
    expect(moon.cloud.called('start')).toEqual([])
    expect(phases(moon)).toEqual(['web-1 online'])
  })

  it('lets a machine that is about to stop do so first', async () => {
    const moon = await openOnline()
    await finish(
      moon.scope.session.stop?.(['rover-1'], { signal: moon.scope.signal }) ?? Promise.reject(),
    )
    await finish(start(moon, ['web-1']))
    expect(states(moon)).toContain('web-1 running')
    expect(phases(moon)).toEqual([
      'web-1 online',
      'web-1 running',
      'web-1 starting',
      'web-1 stopped',
    ])
  })

  it('brings a drained node back as it was', async () => {
    const moon = await openStopped('web-1')
    moon.master.change('web-1', { availability: 'drain', status: 'drain' })
    await finish(start(moon, ['web-1']))
    expect(moon.master.find('web-1')?.status).toBe('drain')
  })

  it('tells at once of a machine that fails', async () => {
    const moon = await openStopped('web-1')
    const work = failureOf(start(moon, ['web-1'], 600_000))
    await pass(2_000)
    moon.cloud.strike('web-1', 'failed', 'no air')
    const begun = Date.now()
    expect(await work).toMatchObject({
      code: 'MACHINE_FAILED',
      message: 'the machine of web-1 has failed: no air',
    })
    expect(Date.now() - begun).toBeLessThan(10_000)
  })

  it('names those whose agents do not come back', async () => {
    const moon = await openStopped('web-1', 'web-2')
    moon.master.stopsAt.set('web-2', 'enrolled')
    expect(await failureOf(start(moon, ['web-1', 'web-2']))).toMatchObject({
      code: 'TIMED_OUT',
      message: 'waited in vain for web-2 to be online again',
    })
  })

  it('waits for a machine without a record until it runs', async () => {
    const moon = await openStopped('web-1')
    await moon.master.client.removeNode('luna', 'web-1')
    await finish(start(moon, ['web-1']))
    expect(states(moon)).toContain('web-1 running')
  })
})

it.each([
  ['stop', stopNodes],
  ['start', startNodes],
] as const)('a provider that cannot %s machines is told apart', async (word, work) => {
  const moon = await openOnline()
  const { start: _, stop: __, ...session } = moon.scope.session
  const scope: Scope = { ...moon.scope, session }
  const nodes = await finish(findNodes(moon.scope, { signal: moon.scope.signal }))
  await expect(work(nodes, 60_000, scope)).rejects.toMatchObject({
    code: 'NOT_SUPPORTED',
    message: `The Moon cannot ${word} machines`,
  })
})
