import type { HostStatistics } from '@kontena/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

const traffic = (name: string, bytes: number) => ({
  interfaces: [name],
  rx_bytes: bytes,
  rx_bytes_per_second: bytes / 60,
  tx_bytes: 2 * bytes,
  tx_bytes_per_second: bytes / 30,
})

function sample(change: Partial<HostStatistics> = {}): HostStatistics {
  return {
    memory: { total: 100, free: 40, used: 60, active: 30, inactive: 20, cached: 10, buffers: 5 },
    load: { '1m': 1, '5m': 2, '15m': 3 },
    cpu: { num_cores: 2, system: 5.25, user: 10, nice: 0.254, idle: 184 },
    filesystem: [
      { name: '/var/lib/docker', free: 5, available: 4, used: 5, total: 10 },
      { name: '/data', free: 5, available: 4, used: 15, total: 20 },
    ],
    network: { internal: traffic('weave', 60), external: traffic('eth0', 120) },
    time: '2026-03-01 12:00:00 UTC',
    ...change,
  }
}

describe('metrics', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster()
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
  })
  afterEach(() => master.close())

  const connect = async (name: string) => {
    const { store, clock } = master
    const made = await store.createNode('prod', { name, labels: [] }, system, clock())
    if (made.outcome !== 'created') throw new Error(made.outcome)
    const { key } = made.node
    const connection = (await store.openConnection(key, '2.0.0', clock())) ?? 0
    return (change?: Partial<HostStatistics>) =>
      store.recordStatistics({ key, connection }, sample(change), clock())
  }
  const read = async (path: string) => (await master.send(`/v1/${path}/metrics`)).body

  it('of a node tell what it used, minute by minute', async () => {
    const report = await connect('web-1')
    await report({ cpu: { num_cores: 2, system: 99, user: 0, nice: 0, idle: 0 } })
    master.clock.advance(59_000)
    await report()
    master.clock.advance(1_000)
    await report({ network: undefined, filesystem: [] })
    expect(await read('nodes/prod/web-1')).toEqual({
      from: '2026-03-01T11:01:00.000Z',
      to: '2026-03-01T12:01:00.000Z',
      stats: [
        {
          timestamp: '2026-03-01T12:00:00.000+00:00',
          cpu: { used: 15.5, cores: 2 },
          memory: {
            used: 60,
            total: 100,
            free: 40,
            active: 30,
            inactive: 20,
            cached: 10,
            buffers: 5,
          },
          filesystem: { used: 20, total: 30 },
          network: { internal: traffic('weave', 60), external: traffic('eth0', 120) },
        },
        expect.objectContaining({
          timestamp: '2026-03-01T12:01:00.000+00:00',
          filesystem: { used: 0, total: 0 },
          network: expect.objectContaining({
            internal: expect.objectContaining({ interfaces: [], rx_bytes: 0 }),
          }),
        }),
      ],
    })
  })

  it('of a grid are the sum of its nodes', async () => {
    const [web, db] = [await connect('web-1'), await connect('db-1')]
    await web()
    await db({ network: { internal: traffic('weave', 1), external: traffic('ens3', 1) } })
    master.clock.advance(60_000)
    await db()
    const { stats } = Object(await read('grids/prod'))
    expect(stats).toMatchObject([
      {
        cpu: { used: 31.01, cores: 4 },
        memory: { used: 120 },
        filesystem: { used: 40, total: 60 },
        network: {
          internal: { interfaces: ['weave'], rx_bytes: 61 },
          external: { rx_bytes: 121 },
        },
      },
      { cpu: { used: 15.5, cores: 2 } },
    ])
    expect(stats[0].network.external.interfaces.toSorted()).toEqual(['ens3', 'eth0'])
  })

  it('are of the time that is asked for, and no other grid', async () => {
    const report = await connect('web-1')
    await report()
    master.clock.advance(2 * 3_600_000)
    await report()
    expect(Object(await read('nodes/prod/web-1')).stats).toHaveLength(1)
    const asked = 'from=2026-03-01T11:59&to=2026-03-01T12:01:00Z'
    const { body } = await master.send(`/v1/nodes/prod/web-1/metrics?${asked}`)
    expect(body).toMatchObject({
      from: '2026-03-01T11:59:00.000Z',
      stats: [{ timestamp: '2026-03-01T12:00:00.000+00:00' }],
    })
    await master.send('/v1/grids', { method: 'POST', body: { name: 'other' } })
    expect(Object(await read('grids/other')).stats).toEqual([])
  })

  it.each([
    ['from=yesterday', { from: "From isn't in the right format" }],
    ['to=1&to=2', { to: "To isn't in the right format" }],
    ['from=2026-03-01T12:30:00Z', { from: 'From is after to' }],
    ['to=-271821-04-20T00:00:00Z', { from: 'From is after to' }],
    [
      'from=2026-02-01',
      { from: 'From is more than a day before to, and samples are kept for a day' },
    ],
  ])('refuse %s', async (query, error) => {
    const { status, body } = await master.send(`/v1/grids/prod/metrics?${query}`)
    expect({ status, body }).toEqual({ status: 422, body: { error } })
  })

  it('survive a node that reports nonsense', async () => {
    const [web, db] = [await connect('web-1'), await connect('db-1')]
    await db({ memory: { total: 1e308, free: 1e308, used: -1e308, cached: 'x' } })
    await web({ memory: { total: 1e308, free: 40, used: 60 } })
    const { stats } = Object(await read('grids/prod'))
    expect(stats[0].memory).toMatchObject({ used: 60, cached: 0, total: 2 ** 61 })
  })

  it('are for members of the grid, of nodes that there are', async () => {
    await connect('web-1')
    const member = await master.loginAs('member@example.com', [], ['prod'])
    const guest = await master.loginAs('guest@example.com', [])
    const status = async (path: string, token?: string) =>
      (await master.send(`/v1/${path}`, token === undefined ? {} : { token })).status
    for (const path of ['nodes/prod/web-1/metrics', 'grids/prod/metrics', 'grids/prod/stats']) {
      expect(await status(path, member)).toBe(200)
      expect(await status(path, guest)).toBe(403)
    }
    expect(await status('nodes/prod/web-9/metrics')).toBe(404)
    expect(await status('nodes/prod/web-9/stats')).toBe(404)
    expect(await status('grids/none/metrics')).toBe(404)
  })
})

describe('stats of containers', () => {
  it('are empty, as nothing here runs services', async () => {
    const master = await testMaster()
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    await master.send('/v1/grids/prod/nodes', { method: 'POST', body: { name: 'web-1' } })
    for (const path of [
      'nodes/prod/web-1/stats?sort=cpu&limit=3',
      'grids/prod/stats',
      'grids/prod/stats/containers',
      'grids/prod/stats/memory_usage',
      'grids/prod/stats/cpu_usage',
      'grids/prod/stats/filesystem_usage',
    ]) {
      const { status, body } = await master.send(`/v1/${path}`)
      expect({ path, status, body }).toEqual({ path, status: 200, body: { stats: [] } })
    }
    await master.close()
  })
})
