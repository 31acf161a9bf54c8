import { beforeEach, describe, expect, it, vi } from 'vitest'
import { type FailureCode, ProvisionError } from '../src/errors.ts'
import type { ProvisionEvent } from '../src/events.ts'
import { networkPolicy } from '../src/network-policy.ts'
import type { MachineBatch, MachineOrder, ProviderSession } from '../src/provider.ts'
import { openRateBudget } from '../src/rate-budget.ts'
import { withRetries } from '../src/retry.ts'
import { sleep } from '../src/wait.ts'
import { fakeCloud, unavailable } from './fake-cloud.ts'
import { failureOf, finish, freezeTime, owner, pass } from './moon.ts'

beforeEach(freezeTime)

const { signal } = new AbortController()
const batch: MachineBatch = {
  owner,
  order: 'order',
  zone: 'tycho',
  names: ['web-1'],
  userData: new Uint8Array(),
  shared: {},
  token: 'token-0',
  minimum: 'all',
  sshKeys: [],
  tags: {},
}

const order: MachineOrder = { owner, count: 1, policy: networkPolicy(), sshKeys: [], tags: {} }

function open(options: { idempotent?: boolean; random?: () => number } = {}) {
  const cloud = fakeCloud(options)
  const events: ProvisionEvent[] = []
  const rate = openRateBudget({ title: 'The Moon', emit: (event) => events.push(event) })
  const session = withRetries(cloud.session, {
    idempotentCreate: options.idempotent ?? true,
    emit: (event) => events.push(event),
    rate,
    random: options.random ?? (() => 1),
  })
  return { cloud, events, rate, session }
}

function failure(code: FailureCode, retryAfter?: number): ProvisionError {
  return new ProvisionError(code, `the moon says ${code}`, { retryAfter })
}

describe('withRetries', () => {
  it('repeats a throttled call with doubling waits, then gives up', async () => {
    const { cloud, session } = open()
    cloud.fail('zones', failure('RATE_LIMITED'), 99)
    expect(await failureOf(session.zones({ signal }))).toMatchObject({ code: 'RATE_LIMITED' })
    const times = cloud.called('zones').map(({ at }) => at)
    const waits = times.slice(1).map((at, index) => at - (times[index] ?? 0))
    expect(waits).toEqual([1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000])
  })

  it('gives up on no answer by itself, however often it was throttled before', async () => {
    const { cloud, session } = open()
    cloud.fail('zones', failure('RATE_LIMITED'), 3)
    cloud.fail('zones', failure('UNAVAILABLE'), 3)
    await finish(session.zones({ signal }))
    expect(cloud.called('zones')).toHaveLength(7)
  })

  it('spreads its waits by chance, from none to the whole', async () => {
    const { cloud, session } = open({ random: () => 0 })
    cloud.fail('zones', failure('RATE_LIMITED'), 7)
    const start = Date.now()
    await finish(session.zones({ signal }))
    expect(Date.now() - start).toBeLessThan(2_000)
  })

  it('asks no earlier than the cloud said', async () => {
    const { cloud, session } = open({ random: () => 0 })
    cloud.fail('zones', failure('RATE_LIMITED', 12_000))
    const start = Date.now()
    await finish(session.zones({ signal }))
    expect(Date.now() - start).toBe(12_000)
  })

  it('tells of a wait that a person would notice, and not of a short one', async () => {
    const { cloud, events, session } = open()
    cloud.fail('zones', failure('RATE_LIMITED'), 2)
    await finish(session.zones({ signal }))
    expect(events).toEqual([
      { type: 'waiting', reason: 'the moon says RATE_LIMITED', milliseconds: 2_000 },
    ])
  })

  it('tells of an answer that was waited for in vain, though it is asked for again at once', async () => {
    const { cloud, events } = open()
    let calls = 0
    const session = withRetries(
      {
        ...cloud.session,
        zones: async (call) => {
          if (calls++ > 0) return cloud.session.zones(call)
          await sleep(30_000, call.signal)
          throw failure('UNAVAILABLE')
        },
      },
      {
        idempotentCreate: true,
        emit: (event) => events.push(event),
        rate: openRateBudget({ title: 'The Moon', emit: () => {} }),
        random: () => 0,
      },
    )
    await finish(session.zones({ signal }))
    expect(events).toEqual([
      { type: 'warning', message: 'the moon says UNAVAILABLE; asking again' },
    ])
  })

  it.each([
    [20_000, 20_000],
    [undefined, 1_000],
  ])(
    'holds back the requests of other calls too, after a refusal for %s ms',
    async (said, held) => {
      const { cloud, rate, session } = open()
      cloud.fail('zones', failure('RATE_LIMITED', said))
      const start = Date.now()
      const zones = session.zones({ signal })
      await pass(0)
      await finish(rate.admit(signal))
      expect(Date.now() - start).toBe(held)
      await finish(zones)
    },
  )

  it('is patient with a cloud that is still making what a grid shares', async () => {
    const { cloud, session } = open()
    cloud.fail('prepare', failure('BUSY', 2_000), 7)
    await finish(session.prepare(order, { signal }))
    expect(cloud.called('prepare')).toHaveLength(8)
    cloud.fail('prepare', failure('BUSY', 2_000), 8)
    expect(await failureOf(session.prepare(order, { signal }))).toMatchObject({ code: 'BUSY' })
  })

  it('tells of the wait of many refused calls once', async () => {
    const { cloud, events, session } = open()
    cloud.fail('zones', failure('RATE_LIMITED', 20_000), 8)
    await finish(Promise.all(Array.from({ length: 8 }, () => session.zones({ signal }))))
    expect(events).toEqual([
      { type: 'waiting', reason: 'the moon says RATE_LIMITED', milliseconds: 20_000 },
    ])
  })

  it('waits for no cloud that asks for more than a quarter of an hour, nor asks it again', async () => {
    const { cloud, rate, session } = open()
    cloud.fail('zones', failure('RATE_LIMITED', 3_600_000))
    expect(await failureOf(session.zones({ signal }))).toMatchObject({
      code: 'RATE_LIMITED',
      message: 'the moon says RATE_LIMITED',
      hint: expect.stringContaining('try again in 60 min'),
    })
    expect(cloud.called('zones')).toHaveLength(1)
    expect(await failureOf(rate.admit(signal))).toMatchObject({ code: 'RATE_LIMITED' })
  })

  it.each(['BAD_CREDENTIALS', 'NO_CAPACITY', 'BUSY', 'NOT_FOUND'] as const)(
    'does not repeat after %s',
    async (code) => {
      const { cloud, session } = open()
      cloud.fail('find', failure(code))
      await expect(session.find({ ids: [] }, { signal })).rejects.toMatchObject({ code })
      expect(cloud.called('find')).toHaveLength(1)
    },
  )

  it('does not repeat after a bug', async () => {
    const { cloud, session } = open()
    cloud.fail('find', new TypeError('undefined is not a function'))
    await expect(session.find({ ids: [] }, { signal })).rejects.toThrow(TypeError)
    expect(cloud.called('find')).toHaveLength(1)
  })

  const repeatable: [keyof ProviderSession, (session: ProviderSession) => Promise<unknown>][] = [
    ['account', (session) => session.account({ signal })],
    ['zones', (session) => session.zones({ signal })],
    ['find', (session) => session.find({ owner }, { signal })],
    ['terminate', (session) => session.terminate(['x'], { signal })],
    ['removeShared', (session) => session.removeShared(owner, { signal })],
    ['prepare', (session) => session.prepare(order, { signal })],
    ['preflight', (s) => s.preflight(order, { signal })],
  ]
  it.each(repeatable)('asks %s four times where no answer comes', async (method, make) => {
    const { cloud, session } = open()
    cloud.fail(method, unavailable(), 3)
    await finish(make(session))
    cloud.fail(method, unavailable(), 4)
    expect(await failureOf(make(session))).toMatchObject({ code: 'UNAVAILABLE' })
  })

  it('ends its wait when the call is cancelled', async () => {
    const { cloud, session } = open()
    const control = new AbortController()
    cloud.fail('zones', failure('RATE_LIMITED', 60_000))
    const work = session.zones({ signal: control.signal })
    await pass(1_000)
    control.abort(new Error('enough'))
    await expect(work).rejects.toThrow('enough')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('has the optional abilities of its session, and only those', () => {
    const { cloud, session } = open()
    expect(Object.keys(session).sort()).toEqual(Object.keys(cloud.session).sort())
    const { restart, nameMachines, consoleLog, ...bare } = cloud.session
    const emit = (): undefined => undefined
    const options = { idempotentCreate: true, emit, rate: openRateBudget({ title: 'Moon', emit }) }
    expect(Object.keys(withRetries(bare, options)).sort()).toEqual(Object.keys(bare).sort())
  })

  it('does not restart twice where no answer came', async () => {
    const { cloud, session } = open()
    cloud.fail('restart', unavailable())
    await expect(session.restart?.(['x'], { signal })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
    expect(cloud.called('restart')).toHaveLength(1)
  })
})

describe('a create without an answer', () => {
  it('is repeated where the cloud recognizes its token, and makes nothing twice', async () => {
    const { cloud, session } = open()
    cloud.script('create', { kind: 'commit-then-throw', error: unavailable() }, 2)
    const made = await finish(session.create(batch, { signal }))
    expect(made.machines.map(({ id }) => id)).toEqual(['rover-1'])
    expect(cloud.machines).toHaveLength(1)
    expect(new Set(cloud.called('create').map((call) => call.batch?.token))).toEqual(
      new Set(['token-0']),
    )
  })

  it('is not repeated where the cloud does not', async () => {
    const { cloud, session } = open({ idempotent: false })
    cloud.script('create', { kind: 'commit-then-throw', error: unavailable() })
    await expect(session.create(batch, { signal })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(cloud.called('create')).toHaveLength(1)
  })

  it('is repeated after throttling anywhere, as nothing happened', async () => {
    const { cloud, session } = open({ idempotent: false })
    cloud.fail('create', failure('RATE_LIMITED'), 2)
    await finish(session.create(batch, { signal }))
    expect(cloud.machines).toHaveLength(1)
  })

  it.each(['BAD_CREDENTIALS', 'RATE_LIMITED', 'BUSY'] as const)(
    'stays without an answer when its repeat fails by %s, which says nothing of the first',
    async (code) => {
      const { cloud, session } = open()
      cloud.script('create', { kind: 'commit-then-throw', error: unavailable() })
      cloud.fail('create', failure(code), 99)
      expect(await failureOf(session.create(batch, { signal }))).toMatchObject({
        code: 'UNAVAILABLE',
        cause: { code },
      })
    },
  )

  it('has its answer when its repeat finds no room, as a known token would have told', async () => {
    const { cloud, session } = open()
    cloud.fail('create', unavailable())
    cloud.fail('create', failure('NO_CAPACITY'))
    expect(await failureOf(session.create(batch, { signal }))).toMatchObject({
      code: 'NO_CAPACITY',
    })
  })
})
