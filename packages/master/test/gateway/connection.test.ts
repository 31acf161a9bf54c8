import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AppOptions } from '../../src/app.ts'
import { connect, listen } from '../fixtures/test-agent.ts'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

const statistics = {
  memory: { total: 4, free: 1, used: 3, cached: 1 },
  load: { '1m': 1, '5m': 2, '15m': 3 },
  cpu: { num_cores: 2, system: 1, user: 1, nice: 0, idle: 198 },
  time: '2026-03-01 12:00:00 UTC',
}

describe('a connected agent', () => {
  let master: TestMaster
  let url: string
  let token: string
  const start = async (options: Partial<AppOptions> = {}) => {
    master = await testMaster(options)
    url = await listen(master)
    const grid = await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    token = String(Object(grid.body).token)
  }
  beforeEach(() => start())
  afterEach(() => master.close())

  const join = (name = 'host-1', options = {}) =>
    connect(url, {
      'Kontena-Grid-Token': token,
      'Kontena-Node-Id': `ID:${name}`,
      'Kontena-Node-Name': name,
      ...options,
    })
  const show = async (name = 'host-1') => (await master.send(`/v1/nodes/prod/${name}`)).body
  const eventually = (check: () => Promise<void>) => vi.waitFor(check, { timeout: 5_000 })

  it('is online once it has described its host', async () => {
    const agent = await join()
    await agent.next('/agent/node_info')
    expect(await show()).toMatchObject({ status: 'connecting', connected: true, updated: false })
    const answer = await agent.call('/nodes/update', 'ID:host-1', {
      AgentVersion: '2.0.4',
      OperatingSystem: 'Debian 12',
      NCPU: 2,
      MemTotal: 1024,
      PrivateIp: '10.0.0.1',
      PublicIp: '203.0.113.1',
      ServerVersion: '27.0',
      Labels: ['from=docker', 'bad label'],
      Drivers: { Volume: [{ name: 'local', version: null }], Network: [] },
      Extra: { ignored: true },
    })
    expect(answer).toMatchObject({ error: undefined, result: true })
    expect(await show()).toMatchObject({
      status: 'online',
      os: 'Debian 12',
      cpus: 2,
      mem_total: 1024,
      private_ip: '10.0.0.1',
      public_ip: '203.0.113.1',
      docker_version: '27.0',
      agent_version: '2.0.4',
      labels: ['from=docker'],
      volume_drivers: [{ name: 'local', version: null }],
    })
  })

  it('may live on a host without Docker', async () => {
    const agent = await join()
    await agent.call('/nodes/update', 'x', { AgentVersion: '2.0.0', Driver: null, Drivers: null })
    expect(await show()).toMatchObject({ status: 'online', driver: null, network_drivers: [] })
  })

  it('reports statistics without waiting for an answer', async () => {
    const agent = await join()
    agent.send({ type: 'notification', method: '/nodes/stats', params: ['x', statistics] })
    await agent.call('/nodes/get', 'x')
    expect(await show()).toMatchObject({
      resource_usage: { memory: { total: 4, cached: 1 }, load: { '5m': 2 }, cpu: { num_cores: 2 } },
    })
  })

  it('speaks for its own node only, whatever node it names', async () => {
    const [first, second] = [await join('host-1'), await join('host-2')]
    await first.next('/agent/node_info')
    await second.call('/nodes/update', 'ID:host-1', {
      AgentVersion: '2.0.0',
      PublicIp: '192.0.2.66',
    })
    expect(await show('host-1')).toMatchObject({ public_ip: null, updated: false })
    expect(await show('host-2')).toMatchObject({ public_ip: '192.0.2.66', updated: true })
    expect((await second.call('/nodes/get', 'ID:host-1')).result).toMatchObject({ name: 'host-2' })
  })

  it.each([
    ['/node_service_pods/list', { code: 501 }],
    ['/node_volumes/list', { code: 501 }],
    ['/etcd/get', { code: 501, error: 'service not implemented' }],
    ['/constructor', { code: 501, error: 'service not implemented' }],
    ['__proto__', { code: 501, error: 'service not implemented' }],
    ['/nodes/update', { code: 422 }],
    ['/nodes/stats', { code: 422 }],
  ])('gets an error for %s', async (method, error) => {
    const agent = await join()
    expect(await agent.call(method, 'x', { wrong: true })).toMatchObject({ error, result: null })
  })

  it('gets an empty answer for what it says of containers', async () => {
    const agent = await join()
    expect(await agent.call('/containers/save', {})).toMatchObject({ error: undefined, result: {} })
  })

  it('is heard from its first word on, however slow the store is', async () => {
    const { store } = master
    const slow: typeof store = {
      ...store,
      openConnection: async (...about) => {
        await setTimeout(100)
        return store.openConnection(...about)
      },
    }
    const other = await testMaster({ store: slow })
    const agent = await connect(await listen(other), {
      'Kontena-Grid-Token': token,
      'Kontena-Node-Id': 'ID:host-1',
    })
    const info = { AgentVersion: '2.0.0' }
    expect(await agent.call('/nodes/update', 'x', info)).toMatchObject({ result: true })
    expect(await show()).toMatchObject({ status: 'online' })
    await other.close()
  })

  it('gets its answers in the order of its calls', async () => {
    const agent = await join()
    const calls = Array.from({ length: 300 }, (_, index) =>
      agent.call(index % 2 === 0 ? '/containers/event' : '/nodes/get', 'x').then(() => index),
    )
    expect(await Promise.all(calls)).toEqual(Array.from({ length: 300 }, (_, index) => index))
  })

  it('is closed when it sends what is no message', async () => {
    for (const data of [Buffer.from([0xc1]), Buffer.from([0x93, 1, 2, 3]), 'text']) {
      const agent = await join()
      agent.socket.send(data)
      expect(await agent.closed).toMatchObject({ code: 1007 })
    }
  })

  it('is closed when it sends more than four mebibytes', async () => {
    const agent = await join()
    agent.socket.send(Buffer.alloc(4 * 1024 * 1024 + 1))
    expect(await agent.closed).toMatchObject({ code: 1009 })
  })

  it('is offline when it leaves', async () => {
    const agent = await join()
    await agent.next('/agent/node_info')
    await agent.leave()
    await eventually(async () => {
      expect(await show()).toMatchObject({
        status: 'offline',
        disconnected_at: '2026-03-01T12:00:00.000Z',
      })
    })
  })

  it('gives way to a newer connection of its node, which stays', async () => {
    const old = await join()
    await old.next('/agent/node_info')
    const fresh = await join()
    expect(await old.closed).toMatchObject({ code: 4041 })
    await fresh.call('/nodes/update', 'x', { AgentVersion: '2.0.0' })
    expect(await show()).toMatchObject({ status: 'online' })
  })

  it('keeps one connection of many that come at once', async () => {
    const admitted = await Promise.all(Array.from({ length: 10 }, () => join()))
    const codes: number[] = []
    for (const agent of admitted) void agent.closed.then(({ code }) => codes.push(code))
    await eventually(async () => expect(codes).toEqual(Array(admitted.length - 1).fill(4041)))
    expect(await show()).toMatchObject({ connected: true })
    const [left] = admitted.filter(({ socket }) => socket.readyState === socket.OPEN)
    await left?.leave()
    await eventually(async () => expect(await show()).toMatchObject({ status: 'offline' }))
  })

  it('is told to go when its node is removed', async () => {
    await master.send('/v1/grids/prod/nodes', {
      method: 'POST',
      body: { name: 'web-1', token: 'sixteen-letters!' },
    })
    const agent = await join('web-1', {
      'Kontena-Grid-Token': undefined,
      'Kontena-Node-Token': 'sixteen-letters!',
    })
    await agent.next('/agent/node_info')
    expect((await master.send('/v1/nodes/prod/web-1', { method: 'DELETE' })).status).toBe(200)
    expect(await agent.closed).toMatchObject({
      code: 4040,
      reason: 'host node web-1 has been removed',
    })
  })

  it('keeps its node from being removed when it joined by the grid token', async () => {
    const agent = await join()
    await agent.next('/agent/node_info')
    const remove = () => master.send('/v1/nodes/prod/host-1', { method: 'DELETE' })
    expect((await remove()).status).toBe(422)
    await agent.leave()
    await eventually(async () => expect((await remove()).status).toBe(200))
  })

  it('hears of new labels, new peers and moved addresses', async () => {
    const [first, second] = [await join('host-1'), await join('host-2')]
    await first.next('/agent/node_info')
    await second.call('/nodes/update', 'x', { AgentVersion: '2.0.0', PrivateIp: '10.0.0.2' })
    expect(await first.next('/agent/node_info')).toMatchObject({ peer_ips: ['10.0.0.2'] })
    const body = { labels: ['region=eu'] }
    await master.send('/v1/nodes/prod/host-1', { method: 'PUT', body })
    expect(await first.next('/agent/node_info')).toMatchObject({
      labels: ['region=eu'],
      peer_ips: [],
    })
  })

  it('is told nothing secret', async () => {
    const info = JSON.stringify(await (await join()).next('/agent/node_info'))
    expect(info).not.toContain(token)
  })

  it('is told when the master goes, and its node is offline', async () => {
    const agent = await join()
    await agent.next('/agent/node_info')
    await master.app.close()
    expect(await agent.closed).toMatchObject({ code: 1001 })
    expect(await master.store.nodes('prod')).toMatchObject([{ connected: false }])
  })

  describe('is pinged', () => {
    beforeEach(async () => {
      await master.close()
      await start({ keepaliveInterval: 20, pingTimeout: 1_000 })
    })

    it('and seen as long as it answers', async () => {
      const agent = await join()
      await agent.next('/agent/node_info')
      master.clock.advance(30_000)
      await eventually(async () => {
        expect(await show()).toMatchObject({ last_seen_at: '2026-03-01T12:00:30.000Z' })
      })
    })

    it('and closed as removed, where another process has removed its node', async () => {
      const body = { name: 'web-1', token: 'sixteen-letters!' }
      await master.send('/v1/grids/prod/nodes', { method: 'POST', body })
      const agent = await join('web-1', {
        'Kontena-Grid-Token': undefined,
        'Kontena-Node-Token': 'sixteen-letters!',
      })
      await agent.next('/agent/node_info')
      await master.store.removeNode('prod', 'web-1', { address: 'elsewhere' }, master.clock())
      expect(await agent.closed).toMatchObject({ code: 4040 })
    })

    it('and closed as disconnected, where the store says so', async () => {
      const agent = await join()
      await agent.next('/agent/node_info')
      await master.store.disconnectAll(master.clock())
      expect(await agent.closed).toMatchObject({ code: 4031 })
    })

    it('and closed as replaced, where another process holds a newer connection', async () => {
      const agent = await join()
      await agent.next('/agent/node_info')
      const [node] = await master.store.nodes('prod')
      await master.store.openConnection(node?.key ?? '', '2.0.0', master.clock())
      expect(await agent.closed).toMatchObject({ code: 4041 })
      expect(await show()).toMatchObject({ connected: true })
    })
  })

  it('that answers no ping is offline, and closed', async () => {
    await master.close()
    await start({ keepaliveInterval: 20, pingTimeout: 50 })
    const agent = await join('host-1', {})
    await agent.next('/agent/node_info')
    agent.socket.pong = () => {}
    expect(await agent.closed).toMatchObject({ code: 4030, reason: 'ping timeout after 0.05s' })
    await eventually(async () => expect(await show()).toMatchObject({ status: 'offline' }))
  })

  it('that is dead does not hold up the end of the master', async () => {
    const agent = await join()
    await agent.next('/agent/node_info')
    agent.socket.pause()
    await master.app.close()
    expect(await master.store.nodes('prod')).toMatchObject([{ connected: false }])
    agent.socket.terminate()
  })
})
