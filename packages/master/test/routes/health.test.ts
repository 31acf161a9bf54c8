import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { AppOptions } from '../../src/app.ts'
import { connect, listen, type TestAgent } from '../fixtures/test-agent.ts'
import { system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

describe('GET /v1/nodes/:grid/:node/health', () => {
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

  const join = async (name = 'host-1'): Promise<TestAgent> => {
    const agent = await connect(url, {
      'Kontena-Grid-Token': token,
      'Kontena-Node-Id': `ID:${name}`,
      'Kontena-Node-Name': name,
    })
    await agent.next('/agent/node_info')
    return agent
  }
  const health = async (name = 'host-1') => {
    const { status, body } = await master.send(`/v1/nodes/prod/${name}/health`)
    return { status, body }
  }
  /** Asks for the health of the agent's node, and has the agent answer that. */
  const healthOf = async (agent: TestAgent, said: object) => {
    const asked = health()
    const { id } = await agent.asked('/etcd/health')
    agent.send({ type: 'response', id, error: undefined, result: undefined, ...said })
    return asked
  }

  it('is what the agent says, with what it looked at', async () => {
    const agent = await join()
    const checks = [{ name: 'disk', ok: false, message: '/var/lib/docker is 95 % full' }]
    expect(await healthOf(agent, { result: { health: false, checks } })).toEqual({
      status: 200,
      body: {
        id: 'prod/host-1',
        name: 'host-1',
        node_number: 1,
        initial_member: true,
        status: 'connecting',
        connected: true,
        connected_at: '2026-03-01T12:00:00.000Z',
        disconnected_at: null,
        etcd_health: { health: false, error: null },
        checks,
      },
    })
  })

  it.each([
    [{ result: { health: true } }, { health: true, error: null }],
    [{ result: { error: 'no leader' } }, { health: null, error: 'no leader' }],
    [
      { error: { code: 501, error: 'service not implemented' } },
      { health: null, error: 'service not implemented' },
    ],
    [{ error: { code: 500, message: 'boom' } }, { health: null, error: 'boom' }],
    [{ error: { code: 500, message: 'x'.repeat(9_000) } }, { error: 'x'.repeat(1_024) }],
    [{ result: { health: 'yes' } }, { health: null, error: 'the answer makes no sense' }],
  ])('of an agent that answers %j', async (said, etcd_health) => {
    const { status, body } = await healthOf(await join(), said)
    expect(status).toBe(200)
    expect(body).toMatchObject({ etcd_health })
    expect(body).not.toHaveProperty('checks')
  })

  it('asks each of two that want to know, and gives each its own answer', async () => {
    const agent = await join()
    const asked = [health(), health()]
    const first = await agent.asked('/etcd/health')
    const second = await agent.asked('/etcd/health')
    const answer = (id: number, error: string) =>
      agent.send({ type: 'response', id, error: undefined, result: { error } })
    answer(second.id, 'second')
    answer(first.id, 'first')
    const told = (await Promise.all(asked)).map(({ body }) => Object(body).etcd_health.error)
    expect(told.toSorted()).toEqual(['first', 'second'])
  })

  it('cannot be answered by another node, nor twice', async () => {
    const [agent, other] = [await join(), await join('host-2')]
    const asked = health()
    const { id } = await agent.asked('/etcd/health')
    const answer = (by: TestAgent, isHealthy: boolean) =>
      by.send({ type: 'response', id, error: undefined, result: { health: isHealthy } })
    answer(other, false)
    // Once this is answered, what came before it has been read.
    await other.call('/containers/event', {})
    answer(agent, true)
    answer(agent, false)
    expect((await asked).body).toMatchObject({ etcd_health: { health: true } })
    expect(await agent.call('/containers/event', {})).toMatchObject({ result: {} })
  })

  it('is refused while too many questions wait for the node', async () => {
    const agent = await join()
    const asked = Array.from({ length: 20 }, () => health())
    const refused = (await Promise.race(asked)).body
    expect(refused).toEqual({ error: { etcd_health: 'Too many requests wait for this node' } })
    await agent.leave()
    const bodies = (await Promise.all(asked)).map(({ body }) => JSON.stringify(body))
    expect(bodies.filter((body) => body.includes('Too many'))).toHaveLength(4)
    expect(bodies.filter((body) => body.includes('Websocket is not connected'))).toHaveLength(16)
  })

  it('waits no longer than it may', async () => {
    await master.close()
    await start({ askTimeout: 20 })
    const agent = await join()
    expect(await health()).toEqual({
      status: 422,
      body: { error: { etcd_health: 'Connection timeout (0.02s)' } },
    })
    // An answer that comes too late is nobody's.
    const { id } = await agent.asked('/etcd/health')
    agent.send({ type: 'response', id, error: undefined, result: { health: true } })
    expect(await agent.call('/containers/event', {})).toMatchObject({ result: {} })
  })

  describe('of a node without a connection', () => {
    const refusal = (connection: string) => ({ status: 422, body: { error: { connection } } })

    it('says so, where there never was one', async () => {
      await master.send('/v1/grids/prod/nodes', { method: 'POST', body: { name: 'web-1' } })
      expect(await health('web-1')).toEqual(refusal('Websocket is not connected'))
    })

    it('says when and how it ended', async () => {
      const agent = await join()
      agent.socket.close(1000, 'bye')
      await vi.waitFor(async () =>
        expect(await health()).toEqual(
          refusal('Websocket disconnected at 2026-03-01 12:00:00 UTC with code 1000: bye'),
        ),
      )
    })

    it('says when and why one was refused', async () => {
      const agent = await join()
      await agent.leave()
      const rejection = { code: 4010, reason: 'agent version 3.0.0 is not compatible' }
      await vi.waitFor(async () => {
        const [node] = await master.store.nodes('prod')
        expect(node).toMatchObject({ connected: false })
        await master.store.recordRejection(node?.key ?? '', rejection, master.clock())
      })
      expect(await health()).toEqual(
        refusal(
          'Websocket connection rejected at 2026-03-01 12:00:00 UTC with code 4010: agent version 3.0.0 is not compatible',
        ),
      )
    })
  })

  it('is for members of the grid, of nodes that there are', async () => {
    await master.store.createNode('prod', { name: 'web-1', labels: [] }, system, master.clock())
    const member = await master.loginAs('member@example.com', [], ['prod'])
    const guest = await master.loginAs('guest@example.com', [])
    const path = '/v1/nodes/prod/web-1/health'
    expect((await master.send(path, { token: member })).status).toBe(422)
    expect((await master.send(path, { token: guest })).status).toBe(403)
    expect((await health('web-9')).status).toBe(404)
  })
})
