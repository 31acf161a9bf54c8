import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { masterJobs } from '../../src/jobs/jobs.ts'
import { hashSecret } from '../../src/secrets/secrets.ts'
import {
  issueToken,
  order,
  secret,
  system,
  type TestMaster,
  testMaster,
} from '../fixtures/test-master.ts'

const minute = 60_000
const hour = 60 * minute
const day = 24 * hour

describe('jobs of the master', () => {
  let master: TestMaster
  let told: string[]
  let run: (name: string) => Promise<void>
  beforeEach(async () => {
    master = await testMaster()
    told = []
    const { store, clock, app } = master
    const jobs = masterJobs({
      store,
      clock,
      log: app.log,
      agents: {
        announce: (grid) => void told.push(`announce ${grid}`),
        disconnect: (key) => void told.push(`disconnect ${key}`),
      },
      keepalive: 35_000,
    })
    run = async (name) => {
      const job = jobs.find((candidate) => candidate.name === name)
      if (job === undefined) throw new Error(`no job ${name}`)
      await job.run()
    }
    const body = { name: 'prod', initial_size: 1 }
    await master.send('/v1/grids', { method: 'POST', body })
  })
  afterEach(() => master.close())

  const join = async (name: string, labels: string[] = []) => {
    const { store, clock } = master
    const node = { name, labels, nodeId: `engine of ${name}` }
    const made = await store.createNode('prod', node, system, clock())
    if (made.outcome !== 'created') throw new Error(made.outcome)
    const { key } = made.node
    return { key, connection: (await store.openConnection(key, '2.0.0', clock())) ?? 0 }
  }
  const names = async () => (await master.store.nodes('prod')).map(({ name }) => name)
  const leave = (connection: Awaited<ReturnType<typeof join>>) =>
    master.store.closeConnection(connection, { code: 1006, reason: '' }, master.clock())

  it('end connections that nothing came by', async () => {
    const silent = await join('silent')
    const loud = await join('loud')
    master.clock.advance(70_001)
    await master.store.seen(loud, master.clock())
    await run('end silent connections')
    expect(told).toEqual([`disconnect ${silent.key}`])
    expect(await master.store.nodes('prod')).toMatchObject([
      { name: 'loud', connected: true },
      { name: 'silent', connected: false, disconnectedAt: master.clock() },
    ])
  })

  it('believe nothing of agents right after the master itself was away', async () => {
    const { key } = await join('web-1')
    for (const away of [80_001, hour]) {
      master.clock.advance(away)
      await run('end silent connections')
      expect(told).toEqual([])
    }
    master.clock.advance(minute)
    await run('end silent connections')
    expect(told).toEqual([`disconnect ${key}`])
  })

  it('forget ephemeral nodes that stay away for six hours, but no others', async () => {
    await leave(await join('first', []))
    await leave(await join('steady', ['az=a']))
    await leave(await join('passing', ['ephemeral=no']))
    await join('here', ['ephemeral'])
    master.clock.advance(6 * hour)
    await run('remove ephemeral nodes')
    expect(await names()).toContain('passing')
    master.clock.advance(1)
    await run('remove ephemeral nodes')
    expect(await names()).toEqual(['first', 'here', 'steady'])
    expect(told).toEqual(['announce prod'])
    expect((await master.store.auditLog(1))[0]).toMatchObject({
      event: 'remove stale node',
      resource: { name: 'passing' },
      actor: { address: 'local' },
    })
  })

  it('keep an ephemeral node that is an initial member, and one that never came', async () => {
    const nodes = [{ name: 'never-came', labels: ['ephemeral'] }]
    const body = { order, secret, expires_in: 60, nodes }
    await master.send('/v1/grids/prod/enrolments', { method: 'POST', body })
    const node = await join('leader')
    const labels = ['ephemeral']
    await master.store.updateNode('prod', 'leader', { labels }, system, master.clock())
    await leave(node)
    master.clock.advance(7 * hour)
    await run('remove ephemeral nodes')
    expect(await names()).toEqual(['leader', 'never-came'])
  })

  it('forget enrolments a month after their end', async () => {
    const body = { order, secret, expires_in: 60, nodes: [{ name: 'web-1' }] }
    const create = async () =>
      (await master.send('/v1/grids/prod/enrolments', { method: 'POST', body })).status
    await create()
    master.clock.advance(30 * day)
    await run('forget enrolments')
    expect(await create()).toBe(201)
    master.clock.advance(minute + 1)
    await run('forget enrolments')
    expect(await create()).toBe(409)
  })

  it('forget tokens a season after they expired', async () => {
    const { store, clock } = master
    const user = await store.user('admin')
    const token = await issueToken(store, user?.id ?? '', { clock, lifetime: 60 })
    clock.advance(90 * day + minute)
    await run('forget tokens')
    expect(await store.session(hashSecret(token))).toBeDefined()
    clock.advance(1)
    await run('forget tokens')
    expect(await store.session(hashSecret(token))).toBeUndefined()
    expect(await store.session(hashSecret(master.admin))).toBeDefined()
  })

  it.each(['trim events', 'trim statistics'])('leave alone what is new: %s', async (name) => {
    await join('web-1')
    const events = await master.store.events({ grid: 'prod', limit: 100 })
    await run(name)
    expect(await master.store.events({ grid: 'prod', limit: 100 })).toEqual(events)
  })
})

it('the master does its jobs by itself, from its start to its end', async () => {
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
  const master = await testMaster()
  try {
    await master.app.ready()
    const { store, clock } = master
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    const node = { name: 'web-1', labels: [], nodeId: 'engine' }
    const made = await store.createNode('prod', node, system, clock())
    if (made.outcome !== 'created') throw new Error(made.outcome)
    await store.openConnection(made.node.key, '2.0.0', clock())
    clock.advance(70_001)
    await vi.advanceTimersByTimeAsync(70_000)
    const isConnected = async () => (await store.nodes('prod'))[0]?.connected
    for (let turns = 100; turns > 0 && (await isConnected()); turns--) {
      await new Promise((resolve) => setImmediate(resolve))
    }
    expect(await isConnected()).toBe(false)
  } finally {
    await master.close()
    expect(vi.getTimerCount()).toBe(0)
    vi.useRealTimers()
  }
})
