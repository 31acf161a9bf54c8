import { setTimeout } from 'node:timers/promises'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import { connect, listen, type TestAgent } from '../fixtures/test-agent.ts'
import { system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

/** What somebody can do to the master and to other nodes who has one token. */
describe('an agent that means harm', () => {
  let master: TestMaster
  let gateway: TestMaster
  let agent: TestAgent
  let looks: number
  let url: string
  let token: string
  beforeEach(async () => {
    master = await testMaster()
    looks = 0
    const { store } = master
    const counting: Store = {
      ...store,
      peers: (grid) => {
        looks += 1
        return store.peers(grid)
      },
    }
    gateway = await testMaster({ store: counting, keepaliveInterval: 60_000 })
    token = await gridToken(master)
    // A long answer: 200 KB of labels.
    const labels = Array.from({ length: 1_000 }, (_, index) => `${index}=${'x'.repeat(200)}`)
    await store.createNode(
      'prod',
      { name: 'host-1', labels, nodeId: 'ID:host-1' },
      system,
      master.clock(),
    )
    url = await listen(gateway)
    agent = await connect(url, {
      'Kontena-Grid-Token': token,
      'Kontena-Node-Id': 'ID:host-1',
    })
    await agent.next('/agent/node_info')
  })
  afterEach(async () => {
    await gateway.close()
    await master.close()
  })

  const show = async () => (await master.send('/v1/nodes/prod/host-1')).body
  const ask = (times: number, type: 'request' | 'notification') => {
    for (let id = 0; id < times; id += 1) agent.send({ type, id, method: '/nodes/get', params: [] })
  }

  it('cannot keep others waiting by all it sends at once', async () => {
    const already = looks
    ask(2_000, 'notification')
    await vi.waitFor(() => expect(looks).toBeGreaterThan(already))
    await fetch(`http://127.0.0.1:${Object(gateway.app.server.address()).port}/v1/ping`)
    expect(looks - already).toBeLessThan(1_000)
  })

  it('cannot fill the memory with answers that it does not read', async () => {
    agent.socket.pause()
    const already = looks
    ask(1_000, 'request')
    let seen = -1
    while (looks !== seen) {
      seen = looks
      await setTimeout(300)
    }
    expect(looks - already).toBeLessThan(500)
    agent.socket.terminate()
  })

  it('cannot be answered to the end before others that ask little', async () => {
    const other = await connect(url, {
      'Kontena-Grid-Token': token,
      'Kontena-Node-Id': 'ID:other',
      'Kontena-Node-Name': 'other',
    })
    let answered = 0
    agent.socket.on('message', () => {
      answered += 1
    })
    for (let id = 0; id < 1_900; id += 1) {
      agent.send({ type: 'request', id, method: '/containers/event', params: [] })
    }
    await vi.waitFor(() => expect(answered).toBeGreaterThan(0), { interval: 1 })
    await other.call('/containers/event')
    expect(answered).toBeLessThan(1_500)
    await vi.waitFor(() => expect(answered).toBeGreaterThanOrEqual(1_900), { timeout: 10_000 })
    await other.leave()
  })

  it('waits for the answers to what costs the master work, also when it connects again', async () => {
    const already = looks
    ask(400, 'notification')
    await vi.waitFor(() => expect(looks - already).toBeGreaterThan(100))
    agent.socket.terminate()
    const headers = { 'Kontena-Grid-Token': token, 'Kontena-Node-Id': 'ID:host-1' }
    agent = await connect(url, headers)
    await agent.next('/agent/node_info')
    ask(400, 'notification')
    const other = await connect(url, {
      'Kontena-Grid-Token': token,
      'Kontena-Node-Id': 'ID:other',
      'Kontena-Node-Name': 'other',
    })
    for (let call = 0; call < 50; call += 1) await other.call('/containers/event')
    expect(looks - already).toBeLessThan(400)
    await other.leave()
  })

  it('is cut off when it does not read what it is told', async () => {
    agent.socket.pause()
    const availabilities = ['drain', 'active']
    await vi.waitFor(
      async () => {
        const availability = availabilities.reverse()[0]
        const change = { method: 'PUT', body: { availability }, token: master.admin } as const
        await gateway.send('/v1/nodes/prod/host-1', change)
        expect(await show()).toMatchObject({ connected: false })
      },
      { timeout: 15_000, interval: 5 },
    )
    const [node] = await master.store.nodes('prod')
    expect(node?.close?.reason).toBe('the agent does not read what it is sent')
    agent.socket.terminate()
  })

  it('cannot have other nodes told anything but an address', async () => {
    const PrivateIp = '10.0.0.1; drop table peers'
    await agent.call('/nodes/update', 'x', { AgentVersion: '2.0.0', PrivateIp, PublicIp: '::1' })
    expect(await show()).toMatchObject({ private_ip: null, public_ip: '::1', status: 'online' })
  })

  it('cannot have other nodes told an address that is good on its own host alone', async () => {
    const PrivateIp = `fe80::1%${'x'.repeat(300)}`
    await agent.call('/nodes/update', 'x', { AgentVersion: '2.0.0', PrivateIp, PublicIp: null })
    expect(await show()).toMatchObject({ private_ip: null, status: 'online' })
  })

  it.each([
    ['/nodes/update', { AgentVersion: '2.0.0', OperatingSystem: 'x'.repeat(70_000) }],
    [
      '/nodes/stats',
      {
        memory: { total: 4, free: 1, used: 3, more: 'x'.repeat(70_000) },
        load: { '1m': 1, '5m': 2, '15m': 3 },
        cpu: { num_cores: 2, system: 1, user: 1, nice: 0, idle: 198 },
        time: '2026-03-01 12:00:00 UTC',
      },
    ],
  ])('cannot have a long report stored: %s', async (method, report) => {
    const answer = await agent.call(method, 'x', report)
    expect(answer.error).toMatchObject({ code: 422, message: expect.stringContaining('too long') })
    expect(await show()).toMatchObject({ os: null, resource_usage: {} })
  })

  it('cannot take the master down with lists that claim to be endless', async () => {
    agent.socket.send(Buffer.from('dd01ffffff'.repeat(200), 'hex'))
    expect(await agent.closed).toMatchObject({ code: 1007 })
    await vi.waitFor(async () => expect(await show()).toMatchObject({ status: 'offline' }))
  })
})

describe('an agent that leaves while the database takes nothing', () => {
  it('is offline once the database takes it again', async () => {
    const master = await testMaster()
    const { store } = master
    let failures = 0
    const full: Store = {
      ...store,
      closeConnection: (...about) => {
        failures += 1
        const isFull = failures < 3
        return isFull ? Promise.reject(new Error('disk is full')) : store.closeConnection(...about)
      },
    }
    const gateway = await testMaster({ store: full, keepaliveInterval: 20 })
    const token = await gridToken(master)
    const agent = await connect(await listen(gateway), { 'Kontena-Grid-Token': token })
    await agent.next('/agent/node_info')
    await agent.leave()
    await vi.waitFor(async () => {
      expect(await store.nodes('prod')).toMatchObject([{ connected: false }])
    })
    await gateway.close()
    await master.close()
  })
})

async function gridToken(master: TestMaster): Promise<string> {
  const made = await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
  return String(Object(made.body).token)
}
