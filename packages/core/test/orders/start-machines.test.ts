import fs from 'node:fs'
import { afterEach, describe, expect, it, vi } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import { openJournal } from '../../src/orders/journal.ts'
import { planOrder } from '../../src/orders/plan.ts'
import { startMachines } from '../../src/orders/start-machines.ts'
import { type FakeCloudOptions, unavailable } from '../fake-cloud.ts'
import { failureOf, finish, type Moon, openMoon, owner, pass, request } from '../moon.ts'
import { orderRecord } from './order-lines.ts'

afterEach(() => {
  vi.restoreAllMocks()
})

async function openStart(count: number, options: FakeCloudOptions = {}) {
  const moon = await openMoon(options)
  const plan = await finish(
    planOrder(request({ name: count === 1 ? 'web-1' : 'web', count }), moon.scope),
  )
  const journal = await openJournal(moon.scope.orders, orderRecord({ id: plan.id }))
  const prepareAgain = vi.fn(async () => ({ wall: 'anew' }))
  const start = () =>
    startMachines({
      plan,
      scope: moon.scope,
      journal,
      shared: { wall: 'first' },
      prepareAgain,
      bootstrap: (names) => Buffer.from(names.join()),
    })
  return { ...moon, plan, journal, prepareAgain, start }
}

/** Calls as `zone: names (minimum) number of the token`. */
function creates({ cloud }: Pick<Moon, 'cloud'>): string[] {
  return cloud.called('create').map(({ batch }) => {
    const number = batch?.token.slice(batch.order.length + 1)
    return `${batch?.zone}: ${batch?.names.join(' ')} (${batch?.minimum}) ${number}`
  })
}

function placed(machines: ReadonlyMap<string, { zone: string }>): string[] {
  return [...machines].map(([name, { zone }]) => `${name} ${zone}`).sort()
}

const busy = new ProvisionError('BUSY', 'the wall vanished')

describe('startMachines', () => {
  it('asks each zone once for all of its machines', async () => {
    const started = await openStart(5)
    const result = await finish(started.start())
    expect(creates(started)).toEqual([
      'copernicus: web-1 web-4 (all) 0',
      'kepler: web-2 web-5 (all) 1',
      'tycho: web-3 (all) 2',
    ])
    expect(placed(result.machines)).toEqual([
      'web-1 copernicus',
      'web-2 kepler',
      'web-3 tycho',
      'web-4 copernicus',
      'web-5 kepler',
    ])
    expect(result).toMatchObject({ failures: new Map(), uncertain: false })
  })

  it('gives each call whose machines these are, what they boot with and what they share', async () => {
    const { cloud, plan, start } = await openStart(1)
    await finish(start())
    expect(cloud.called('create')[0]?.batch).toMatchObject({
      owner,
      order: plan.id,
      userData: Buffer.from('web-1'),
      shared: { wall: 'first' },
      tags: {},
    })
  })

  it('writes each intent before its call and each result after it', async () => {
    const { cloud, journal, start } = await openStart(2)
    const { create } = cloud.session
    vi.spyOn(cloud.session, 'create').mockImplementation((batch, call) => {
      const entry = journal.entries.find(
        ({ intent: { act } }) => act.call === 'create' && act.token === batch.token,
      )
      expect(entry).toMatchObject({ intent: { act: { names: batch.names } }, result: undefined })
      return create(batch, call)
    })
    await finish(start())
    expect(journal.entries.map(({ result }) => result?.machines)).toEqual([
      [{ id: 'rover-1', name: 'web-1', zone: 'copernicus' }],
      [{ id: 'rover-2', name: 'web-2', zone: 'kepler' }],
    ])
  })

  it('makes no more machines in one call than the cloud takes', async () => {
    const started = await openStart(5, { zones: { tycho: 99 }, batch: 2 })
    const result = await finish(started.start())
    expect(creates(started)).toEqual([
      'tycho: web-1 web-2 (all) 0',
      'tycho: web-3 web-4 (all) 1',
      'tycho: web-5 (all) 2',
    ])
    expect(result.machines.size).toBe(5)
  })

  it('makes machines one by one, also elsewhere, where the image reads Ignition', async () => {
    const options = { zones: { tycho: 1, kepler: 0, copernicus: 99 } }
    const started = await openStart(3, { ...options, preflight: { format: 'ignition' } })
    const result = await finish(started.start())
    expect(result.machines.size).toBe(3)
    expect(started.cloud.called('create').map(({ batch }) => batch?.names.length)).toEqual(
      Array(started.cloud.called('create').length).fill(1),
    )
  })

  it('makes machines one by one where user data cannot serve several', async () => {
    const { cloud, start } = await openStart(4, { zones: { tycho: 99 }, launchIndex: false })
    const result = await finish(start())
    expect(cloud.called('create').map(({ batch }) => batch?.names)).toEqual([
      ['web-1'],
      ['web-2'],
      ['web-3'],
      ['web-4'],
    ])
    expect(result.machines.get('web-3')?.name).toBe('web-3')
  })
})

describe('a zone without room', () => {
  it('is asked once for what it has, and the rest goes elsewhere, each with a token of its own', async () => {
    const started = await openStart(6, { zones: { copernicus: 1, kepler: 9, tycho: 9 } })
    const result = await finish(started.start())
    expect(creates(started)).toEqual([
      'copernicus: web-1 web-4 (all) 0',
      'kepler: web-2 web-5 (all) 1',
      'tycho: web-3 web-6 (all) 2',
      'copernicus: web-1 web-4 (some) 3',
      'kepler: web-4 (some) 4',
    ])
    expect(placed(result.machines)).toContain('web-4 kepler')
    expect(result.failures.size).toBe(0)
  })

  it('sends its machines through one zone after another until all are made', async () => {
    const zones = { archimedes: 0, copernicus: 3, kepler: 2, tycho: 2 }
    const started = await openStart(6, { zones })
    const result = await finish(started.start())
    expect(result.machines.size).toBe(6)
    expect(creates(started).slice(4)).toEqual([
      'archimedes: web-1 web-5 (some) 4',
      'copernicus: web-1 web-5 (some) 5',
      'kepler: web-5 (some) 6',
    ])
  })

  it('is not asked twice for a single machine', async () => {
    const started = await openStart(1, { zones: { copernicus: 0, kepler: 1 } })
    const result = await finish(started.start())
    expect(creates(started)).toEqual(['copernicus: web-1 (all) 0', 'kepler: web-1 (some) 1'])
    expect(placed(result.machines)).toEqual(['web-1 kepler'])
  })

  it('is like all others: as many as fit are made, and each of the rest knows why', async () => {
    const started = await openStart(6, { zones: { copernicus: 1, kepler: 0, tycho: 1 } })
    const result = await finish(started.start())
    expect(result.machines.size).toBe(2)
    expect([...result.failures.keys()].sort()).toEqual(['web-2', 'web-4', 'web-5', 'web-6'])
    expect([...result.failures.values()].map(({ code }) => code)).toEqual(
      Array.from({ length: 4 }, () => 'NO_CAPACITY'),
    )
    expect(result.uncertain).toBe(false)
  })

  it('fails its machines where the other zones cannot be listed', async () => {
    const { cloud, start } = await openStart(1, { zones: { copernicus: 0, kepler: 1 } })
    cloud.fail('zones', new ProvisionError('ACCESS_DENIED', 'no right'))
    const result = await finish(start())
    expect(result.failures.get('web-1')).toMatchObject({ code: 'NO_CAPACITY' })
  })

  it('counts as without room when it makes fewer than asked without a word', async () => {
    const { cloud, start } = await openStart(1, { zones: { copernicus: 9 } })
    vi.spyOn(cloud.session, 'create').mockResolvedValue({ machines: [] })
    const result = await finish(start())
    expect(result.failures.get('web-1')).toMatchObject({
      code: 'NO_CAPACITY',
      message: 'copernicus had no room for more machines',
    })
  })
})

describe('a quota', () => {
  it('lets as many through as it allows', async () => {
    const { start } = await openStart(4, { quota: 3, zones: { tycho: 9 } })
    const result = await finish(start())
    expect(result.machines.size).toBe(3)
    expect(result.failures.get('web-4')).toMatchObject({ code: 'QUOTA_EXCEEDED' })
  })
})

describe('a call that fails', () => {
  it('is not made elsewhere when the reason is the same everywhere', async () => {
    const { cloud, start } = await openStart(3)
    cloud.fail('create', new ProvisionError('ACCESS_DENIED', 'no right to land rovers'), 3)
    const result = await finish(start())
    expect(cloud.called('create')).toHaveLength(3)
    expect(result.failures.get('web-2')).toMatchObject({ code: 'ACCESS_DENIED' })
    expect(result.uncertain).toBe(false)
  })

  it('writes why it failed', async () => {
    const { cloud, journal, start } = await openStart(1)
    cloud.fail('create', new ProvisionError('ACCESS_DENIED', 'no right'))
    await finish(start())
    expect(journal.entries[0]?.result).toMatchObject({ failure: 'ACCESS_DENIED' })
  })

  it('leaves the other zones their machines', async () => {
    const { cloud, start } = await openStart(3)
    cloud.fail('create', new ProvisionError('BAD_OPTIONS', 'no such subnet'))
    const result = await finish(start())
    expect([...result.machines.keys()]).toEqual(['web-2', 'web-3'])
  })
})

describe('a call without an answer', () => {
  it('leaves its intent open and is never made anew elsewhere', async () => {
    const { cloud, journal, start } = await openStart(2, { idempotent: false })
    cloud.fail('create', unavailable())
    const result = await finish(start())
    expect(result.uncertain).toBe(true)
    expect([...result.machines.keys()]).toEqual(['web-2'])
    expect(result.failures.get('web-1')).toMatchObject({ code: 'UNAVAILABLE' })
    expect(cloud.called('create')).toHaveLength(2)
    expect(journal.entries.map(({ result: known }) => known?.machines?.length)).toEqual([
      undefined,
      1,
    ])
  })

  it('leaves its intent open where its repeats would be recognized', async () => {
    const { cloud, start } = await openStart(1)
    cloud.script('create', { kind: 'commit-then-throw', error: unavailable() }, 9)
    const result = await finish(start())
    expect(result).toMatchObject({ uncertain: true, mayHaveDoubles: false })
    expect(cloud.called('find')).toEqual([])
  })

  it('is cut off after two minutes', async () => {
    const { cloud, start } = await openStart(1)
    cloud.script('create', { kind: 'hang' })
    const before = Date.now()
    const result = await finish(start())
    expect(Date.now() - before).toBeLessThan(125_000)
    expect(result).toMatchObject({ uncertain: true })
    expect(result.failures.get('web-1')).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'no answer about machines in copernicus',
    })
  })

  it('goes on to its end when the command is cancelled, so that its machine is known', async () => {
    const { cloud, interrupt, start } = await openStart(1)
    cloud.script('create', { kind: 'wait', milliseconds: 5_000 })
    const work = start()
    await pass(1_000)
    interrupt()
    const result = await finish(work)
    expect(result.machines.size).toBe(1)
  })
})

describe('what machines share', () => {
  it('is prepared again, once for all zones, where it vanished', async () => {
    const { cloud, prepareAgain, start } = await openStart(3)
    cloud.fail('create', busy, 3)
    const result = await finish(start())
    expect(result.machines.size).toBe(3)
    expect(prepareAgain).toHaveBeenCalledTimes(1)
    const last = cloud.called('create').slice(3)
    expect(last.map(({ batch }) => batch?.shared)).toEqual(Array(3).fill({ wall: 'anew' }))
    expect(new Set(cloud.called('create').map(({ batch }) => batch?.token)).size).toBe(6)
  })

  it('gets time to be seen, and fails the machines when it never is', async () => {
    const { cloud, prepareAgain, start } = await openStart(1)
    cloud.fail('create', busy, 9)
    const result = await finish(start())
    expect(result.failures.get('web-1')).toBe(busy)
    expect(prepareAgain).toHaveBeenCalledTimes(1)
    const times = cloud.called('create').map(({ at }) => at)
    expect(times.map((at) => at - (times[0] ?? 0))).toEqual([0, 0, 2_000, 7_000])
  })

  it('is waited for no longer when the command is cancelled', async () => {
    const { cloud, interrupt, start } = await openStart(1)
    cloud.fail('create', busy, 9)
    const work = start()
    await pass(1_000)
    interrupt()
    const result = await finish(work)
    expect(cloud.called('create')).toHaveLength(2)
    expect(result.failures.get('web-1')).toMatchObject({ code: 'CANCELLED' })
    expect(result.uncertain).toBe(false)
  })

  it('fails only its own zone’s machines when it cannot be prepared again', async () => {
    const { cloud, prepareAgain, start } = await openStart(2)
    cloud.fail('create', busy)
    cloud.script('create', { kind: 'wait', milliseconds: 5_000 })
    prepareAgain.mockRejectedValue(new ProvisionError('ACCESS_DENIED', 'no right to build'))
    const result = await finish(start())
    expect([...result.machines.keys()]).toEqual(['web-2'])
    expect(result.failures.get('web-1')).toMatchObject({ code: 'ACCESS_DENIED' })
  })
})

describe('a bug in a provider', () => {
  it('rejects only after every other call is answered, as those make machines', async () => {
    const { cloud, journal, start } = await openStart(3)
    cloud.fail('create', new TypeError('bug'))
    cloud.script('create', { kind: 'wait', milliseconds: 30_000 }, 2)
    expect(await failureOf(start())).toBeInstanceOf(TypeError)
    expect(cloud.machines).toHaveLength(2)
    expect(journal.entries.map(({ result }) => result?.machines?.length)).toEqual([undefined, 1, 1])
  })
})

describe('a full disk', () => {
  it('stops the calls that it cannot write down, and no other', async () => {
    const { cloud, journal, start } = await openStart(3)
    const { writeSync } = fs
    let writes = 0
    vi.spyOn(fs, 'writeSync').mockImplementation((file, data) => {
      if (++writes === 2) throw Object.assign(new Error('full'), { code: 'ENOSPC' })
      return writeSync(file, Buffer.from(String(data)))
    })
    const result = await finish(start())
    expect(cloud.called('create').map(({ batch }) => batch?.names)).toEqual([['web-1'], ['web-3']])
    expect(result.failures.get('web-2')).toMatchObject({ code: 'LOCAL_FILE' })
    expect(result.uncertain).toBe(false)
    expect(journal.entries).toHaveLength(2)
  })
})

describe('Ctrl-C', () => {
  it('before the first call makes nothing', async () => {
    const { cloud, interrupt, start } = await openStart(2)
    interrupt()
    const result = await finish(start())
    expect(cloud.called('create')).toEqual([])
    expect(result.failures.get('web-2')).toMatchObject({
      code: 'CANCELLED',
      message: 'web-2 was not started',
    })
  })

  it('between two calls makes no more', async () => {
    const { cloud, interrupt, start } = await openStart(1, { zones: { copernicus: 0, kepler: 1 } })
    cloud.script('create', { kind: 'wait', milliseconds: 2_000 })
    const work = start()
    await pass(1_000)
    interrupt()
    const result = await finish(work)
    expect(cloud.called('create')).toHaveLength(1)
    expect(result.machines.size).toBe(0)
  })
})
