import { MasterError } from '@kontena/protocol'
import { describe, expect, it, vi } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { watchNodes } from '../../src/orders/watch-nodes.ts'
import type { Machine } from '../../src/provider.ts'
import { type FakeCloudOptions, unavailable } from '../fake-cloud.ts'
import { finish, type Moon, openMoon, owner, pass } from '../moon.ts'

const order = '01JABCDEFGHJKMNPQRSTVWXYZ0'
const timeout = 60_000

/** Machines just made, with their nodes registered. */
async function openWatch(count: number, options: FakeCloudOptions = {}) {
  const moon = await openMoon(options)
  const names = Array.from({ length: count }, (_, index) => `web-${index + 1}`)
  const nodes = names.map((name) => ({ name, labels: [] }))
  const secret = 'ab'.repeat(32)
  await moon.master.client.createEnrolment('luna', { order, secret, expires_in: 900, nodes })
  const batch = {
    ...{ owner, order, zone: 'tycho', names, userData: new Uint8Array(), shared: {} },
    ...({ token: 'token', minimum: 'all', sshKeys: [], tags: {} } as const),
  }
  const { signal } = new AbortController()
  const made = await moon.cloud.session.create(batch, { signal })
  const machines = new Map<string, Machine>(
    made.machines.map((machine, index) => [names[index] ?? '', machine]),
  )
  moon.cloud.calls.length = 0
  moon.master.calls.length = 0
  return { ...moon, watch: () => watchNodes(machines, timeout, moon.scope) }
}

function phases({ events }: Pick<Moon, 'events'>, name: string): string[] {
  return events.flatMap((event) => {
    if (event.type === 'node' && event.name === name) return event.phase
    return event.type === 'node-failed' && event.name === name ? 'failed' : []
  })
}

describe('watchNodes', () => {
  it('sees each machine run, enrol, connect and come online', async () => {
    const moon = await openWatch(2, { bootTime: 3_000 })
    moon.master.stepTime = 6_000
    const watch = await finish(moon.watch())
    expect(phases(moon, 'web-2')).toEqual(['running', 'enrolled', 'connecting', 'online'])
    expect(watch.blind).toBe(false)
    expect(watch.nodes.map(({ phase, error }) => [phase, error])).toEqual([
      ['online', undefined],
      ['online', undefined],
    ])
  })

  it('ends as soon as the last node is online, whatever the cloud says by then', async () => {
    const moon = await openWatch(1, { bootTime: 2_000 })
    moon.cloud.script('find', { kind: 'hang' })
    const start = Date.now()
    await finish(moon.watch())
    expect(Date.now() - start).toBeLessThan(7_000)
    expect(phases(moon, 'web-1').at(-1)).toBe('online')
  })

  it('asks the cloud every 5 s, and the master once for all that happens at a time, however many nodes there are', async () => {
    for (const count of [1, 90]) {
      const { cloud, master, watch } = await openWatch(count, { bootTime: 25_500 })
      await finish(watch())
      expect(cloud.called('find').length).toBe(5)
      expect(cloud.calls).toHaveLength(5)
      // When the stream opens, and when the machines enrol, connect and come online.
      expect(master.called('nodes')).toBe(4)
      expect(master.called('watchEvents')).toBe(1)
      expect(master.calls).toHaveLength(5)
      vi.useRealTimers()
    }
  })

  it('asks a master that tells nothing every second, as one of 1.5', async () => {
    const { master, watch } = await openWatch(3, { bootTime: 25_500 })
    master.isSilent = true
    await finish(watch())
    expect(master.called('nodes')).toBe(30)
  })

  it('asks every second while the stream of events is cut, and not for long after', async () => {
    const { master, watch } = await openWatch(1, { bootTime: 60_000 })
    const noStream = new MasterError('unreachable', 'no stream')
    master.script('watchEvents', { kind: 'throw', error: noStream }, 10)
    await finish(watch())
    expect(master.called('watchEvents')).toBe(11)
    const times = master.calls.flatMap(({ method, at }) => (method === 'nodes' ? at : []))
    const first = times[0] ?? 0
    expect(times.filter((at) => at - first < 8_500)).toHaveLength(9)
    expect(times.filter((at) => at - first >= 10_500).length).toBeLessThan(7)
  })

  it('does not trust the stream to tell all', async () => {
    const moon = await openWatch(1, { bootTime: 1_000 })
    moon.master.stopsAt.set('web-1', 'running')
    const watching = finish(moon.watch())
    await pass(5_000)
    Object.assign(moon.master.find('web-1') ?? {}, { connected: true, status: 'online' })
    expect((await watching).nodes[0]?.phase).toBe('online')
  })

  it('asks only about machines that are not settled', async () => {
    const { cloud, master, watch } = await openWatch(2, { bootTime: 2_000 })
    master.stopsAt.set('web-2', 'running')
    await finish(watch())
    const last = cloud.called('find').at(-1)
    expect(last?.query).toEqual({ ids: ['rover-2'], owner })
  })

  it('has nothing to wait for where there is no machine', async () => {
    const { cloud, scope } = await openMoon()
    expect(await finish(watchNodes(new Map(), timeout, scope))).toEqual({ nodes: [], blind: false })
    expect(cloud.calls.map(({ method }) => method)).toEqual([])
  })

  it('leaves no timer behind', async () => {
    const { watch } = await openWatch(1)
    await finish(watch())
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('the deadline of a phase', () => {
  const stops = [
    ['running', 'did not enrol: it may not reach https://master.example'],
    ['enrolled', "its agent does not connect: installing Docker or fetching the agent's image"],
    ['connecting', 'see its log with: docker logs kontena-agent'],
  ] as const

  it.each(stops)('fails a machine that stays %s, with the likely cause', async (phase, hint) => {
    const moon = await openWatch(1, { bootTime: 7_000 })
    moon.master.stopsAt.set('web-1', phase)
    const watch = await finish(moon.watch())
    expect(watch.nodes[0]?.error).toMatchObject({
      code: 'TIMED_OUT',
      message: `web-1 stayed ${phase} for 60 s`,
      hint: expect.stringContaining(hint),
    })
    expect(watch.blind).toBe(false)
  })

  it('fails a machine that the cloud does not start', async () => {
    const moon = await openWatch(1, { bootTime: 999_000 })
    const watch = await finish(moon.watch())
    expect(watch.nodes[0]?.error?.message).toBe('web-1 stayed starting for 60 s')
    expect(watch.nodes[0]?.error?.hint).toContain('the cloud has not started the machine')
  })

  it('begins anew with each phase', async () => {
    const { master, watch } = await openWatch(1, { bootTime: 50_000 })
    master.stepTime = 50_000
    const start = Date.now()
    const { nodes } = await finish(watch())
    expect(nodes[0]?.phase).toBe('online')
    expect(Date.now() - start).toBeGreaterThan(3 * timeout)
  })

  it('is each machine’s own', async () => {
    const { master, watch } = await openWatch(3, { bootTime: 2_000 })
    master.stopsAt.set('web-2', 'enrolled')
    const { nodes } = await finish(watch())
    expect(nodes.map(({ phase }) => phase)).toEqual(['online', 'failed', 'online'])
  })
})

describe('a machine that ends', () => {
  it.each(['gone', 'going', 'stopping', 'stopped', 'failed'] as const)(
    'fails at once when it is %s, with the cloud’s reason',
    async (state) => {
      const { cloud, watch } = await openWatch(1, { bootTime: 50_000 })
      const work = watch()
      await pass(7_000)
      cloud.strike('web-1', state, 'meteor')
      const start = Date.now()
      const { nodes } = await finish(work)
      expect(Date.now() - start).toBeLessThan(6_000)
      expect(nodes[0]?.error).toMatchObject({
        code: 'MACHINE_FAILED',
        message: `machine rover-1 of web-1 is ${state}: meteor`,
      })
    },
  )

  it('does not fail while the cloud only does not show it yet', async () => {
    const { watch } = await openWatch(1, { visibleAfter: 30_000, bootTime: 25_000 })
    const { nodes } = await finish(watch())
    expect(nodes[0]?.phase).toBe('online')
  })
})

describe('a record', () => {
  it('that is contested fails its machine at once', async () => {
    const { master, watch } = await openWatch(2)
    const work = watch()
    await pass(3_000)
    master.change('web-1', { enrolment: 'contested' })
    const { nodes } = await finish(work)
    expect(nodes.map(({ phase }) => phase)).toEqual(['failed', 'online'])
    expect(nodes[0]?.error).toMatchObject({
      code: 'MACHINE_FAILED',
      message: 'somebody else tried to enrol as web-1 with another token',
    })
  })

  it('that another machine took is not taken for a node, even when its agent is online', async () => {
    const { master, watch } = await openWatch(2)
    const machine = { provider: 'moon', account: 'acme', region: 'moon', id: 'thief', order }
    master.change('web-1', { machine, enrolment: 'enrolled', status: 'online', connected: true })
    const { nodes } = await finish(watch())
    expect(nodes.map(({ phase }) => phase)).toEqual(['failed', 'online'])
    expect(nodes[0]?.error?.message).toBe(
      'the name web-1 was taken by thief, and is for machine rover-1',
    )
  })

  it('that somebody removed fails its machine at once', async () => {
    const { master, watch } = await openWatch(1)
    const work = watch()
    await pass(3_000)
    await master.client.removeNode('luna', 'web-1')
    const { nodes } = await finish(work)
    expect(nodes[0]?.error?.message).toBe('the record of node web-1 was removed from grid luna')
  })

  it('that is drained while it boots still counts as online', async () => {
    const { master, watch } = await openWatch(1)
    master.change('web-1', { availability: 'drain' })
    const { nodes } = await finish(watch())
    expect(nodes[0]?.phase).toBe('online')
  })
})

describe('a master that does not answer', () => {
  it('is waited for, with one warning', async () => {
    const moon = await openWatch(1)
    moon.master.isDown = true
    const work = moon.watch()
    await pass(30_000)
    moon.master.isDown = false
    const watch = await finish(work)
    expect(watch).toMatchObject({ blind: false, nodes: [{ phase: 'online' }] })
    expect(moon.events.filter(({ type }) => type === 'warning')).toHaveLength(1)
  })

  it('at the deadline leaves nobody knowing who is online', async () => {
    const moon = await openWatch(1)
    moon.master.isDown = true
    const watch = await finish(moon.watch())
    expect(watch.blind).toBe(true)
    expect(watch.nodes[0]?.error).toMatchObject({
      code: 'TIMED_OUT',
      hint: 'the master does not answer',
    })
  })

  it('warns again when it falls silent a second time', async () => {
    const moon = await openWatch(1)
    moon.master.stopsAt.set('web-1', 'enrolled')
    const refuse = (): void => {
      const error = new MasterError('failed', 'internal error', { status: 500 })
      moon.master.script('nodes', { kind: 'throw', error }, 3)
    }
    refuse()
    const work = moon.watch()
    await pass(10_000)
    refuse()
    await finish(work)
    expect(moon.events.filter(({ type }) => type === 'warning')).toHaveLength(2)
  })
})

describe('a cloud that does not answer', () => {
  it('does not stop nodes from coming online', async () => {
    const moon = await openWatch(1, { bootTime: 40_000 })
    moon.cloud.fail('find', unavailable(), 99)
    const { nodes } = await finish(moon.watch())
    expect(nodes[0]?.phase).toBe('online')
  })

  it('may even refuse: credentials that expire meanwhile are told once, and nodes waited for', async () => {
    const moon = await openWatch(1, { bootTime: 40_000 })
    moon.cloud.fail('find', new ProvisionError('NO_CREDENTIALS', 'the token expired'), 99)
    const { nodes } = await finish(moon.watch())
    expect(nodes[0]?.phase).toBe('online')
    expect(moon.events.filter(({ type }) => type === 'warning')).toEqual([
      { type: 'warning', message: 'the token expired' },
    ])
  })
})

describe('Ctrl-C', () => {
  it('ends the wait at once with its reason, and leaves no timer', async () => {
    const moon = await openWatch(2)
    const work = moon.watch()
    await pass(3_000)
    moon.interrupt()
    await expect(work).rejects.toThrow('interrupted')
    await pass(0)
    moon.cloud.strike('web-1', 'gone')
    expect(moon.events.filter(({ type }) => type === 'node-failed')).toEqual([])
  })

  it('ends it also while both cloud and master hang', async () => {
    const moon = await openWatch(1)
    moon.cloud.script('find', { kind: 'hang' })
    moon.master.script('nodes', { kind: 'hang' })
    const work = moon.watch()
    await pass(6_000)
    moon.interrupt()
    await expect(work).rejects.toThrow('interrupted')
  })
})

describe('a bug', () => {
  it('in a provider ends the wait and is not hidden', async () => {
    const moon = await openWatch(1)
    moon.cloud.fail('find', new TypeError('bug'))
    await expect(finish(moon.watch())).rejects.toThrow(TypeError)
  })
})
