import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type FormerAgent, type FormerAgentOptions, formerAgent } from '../fixtures/former-agent.ts'
import { listen } from '../fixtures/test-agent.ts'
import { system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

describe('an agent of 1.5', () => {
  let master: TestMaster
  let options: FormerAgentOptions
  let agent: FormerAgent
  beforeEach(async () => {
    master = await testMaster()
    const grid = await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    const token = String(Object(grid.body).token)
    options = { url: await listen(master), token, clock: master.clock }
    agent = formerAgent(options)
  })
  afterEach(async () => {
    agent.stop()
    await master.close()
  })

  const letIn = (value: string | null) =>
    master.store.configure(
      { 'server.agent_compatibility': value },
      { replaceAll: false },
      system,
      master.clock(),
    )
  const show = async () => (await master.send('/v1/nodes/prod/old-1')).body

  it('is told which version is wanted and ends, where the master is not to take it', async () => {
    await agent.connect()
    expect(agent.ended).toEqual({
      code: 4010,
      reason: 'agent version 1.5.4 is not compatible with server version 2.0.0',
      exits: true,
    })
    expect(agent.wantedVersion).toBe('2.0.0')
    expect(await master.store.nodes('prod')).toEqual([])
  })

  describe('where the master takes it', () => {
    beforeEach(() => letIn('1.5'))

    it('joins, becomes online and is not led to another version', async () => {
      await agent.connect()
      expect(agent.headers).toMatchObject({ 'kontena-version': '1.5.4' })
      expect(agent.greeting).toEqual({ version: '1.5.4' })
      expect(agent.wantedVersion).toBe('1.5.4')
      expect(agent.warnings).toEqual([])
      expect(await show()).toMatchObject({
        status: 'online',
        name: 'old-1',
        agent_version: '1.5.4',
        labels: ['region=fra1'],
        os: 'Ubuntu 16.04.3 LTS',
        docker_version: '17.06.2-ce',
        cpus: 2,
        private_ip: '10.19.0.5',
        network_drivers: [{ name: 'bridge', version: null }],
      })
    })

    it('keeps what runs on its host, however often it asks what should', async () => {
      await agent.connect()
      await agent.syncServices()
      await agent.syncServices()
      expect(agent.containers).toBe(3)
      expect(agent.warnings).toEqual([
        '/node_service_pods/list',
        '/node_volumes/list',
        '/node_service_pods/list',
        '/node_volumes/list',
      ])
    })

    it('is heard to the end with five hundred containers', async () => {
      agent = formerAgent({ ...options, containers: 500 })
      await agent.connect()
      expect(agent.answers).toHaveLength(501)
      for (const { error, result } of agent.answers)
        expect({ error, result }).toEqual({ result: {} })
      expect(agent.ended).toBeUndefined()
      expect(await show()).toMatchObject({ status: 'online' })
    })

    it('says what its host uses, and how its etcd is', async () => {
      await agent.connect()
      agent.reportStatistics()
      await vi.waitFor(async () =>
        expect(await show()).toMatchObject({
          resource_usage: { load: { '5m': 0.3 }, usage: { container_seconds: 270 } },
        }),
      )
      const metrics = await master.send('/v1/nodes/prod/old-1/metrics')
      expect(metrics.body).toMatchObject({
        stats: [
          { cpu: { used: 4 }, network: { internal: { interfaces: ['weave'], rx_bytes: 60 } } },
        ],
      })
      const health = await master.send('/v1/nodes/prod/old-1/health')
      expect(health.body).toMatchObject({ etcd_health: { health: true, error: null } })
    })

    it('is the same node when the master comes back', async () => {
      await agent.connect()
      const before = await master.store.nodes('prod')
      await master.app.close()
      await agent.whenEnded()
      expect(agent.ended).toMatchObject({ code: 1001, exits: false })

      const again = await testMaster({ store: master.store, clock: master.clock })
      agent = formerAgent({ ...options, url: await listen(again) })
      await agent.connect()
      expect(await master.store.nodes('prod')).toMatchObject([
        { key: before[0]?.key, number: before[0]?.number, connected: true, updated: true },
      ])
      agent.stop()
      await again.app.close()
    })

    it('stays connected when it is no more to be let in, until it connects again', async () => {
      await agent.connect()
      await letIn(null)
      await agent.syncServices()
      expect(agent.ended).toBeUndefined()
      agent.stop()
      await agent.whenEnded()
      await agent.connect()
      expect(agent.ended).toMatchObject({ code: 4010 })
    })

    it('is refused with the close codes of 1.5', async () => {
      for (const [change, code] of [
        [{ token: 'wrong' }, 4001],
        [{ version: '1.4.3' }, 4010],
        [{ clock: () => new Date(master.clock().getTime() - 10_000) }, 4020],
      ] as const) {
        const refused = formerAgent({ ...options, ...change })
        await refused.connect()
        expect(refused.ended).toMatchObject({ code })
      }
      await vi.waitFor(async () => {
        const node = await master.store.node('prod', 'old-1')
        expect(node?.rejection).toMatchObject({ code: 4020 })
      })
    })

    it('beside one of ours is a node like any other', async () => {
      await agent.connect()
      const { body } = await master.send('/v1/grids/prod/nodes')
      expect(body).toMatchObject({ nodes: [{ name: 'old-1', status: 'online' }] })
      await master.send('/v1/nodes/prod/old-1', { method: 'PUT', body: { labels: ['az=b'] } })
      expect(await show()).toMatchObject({ labels: ['az=b'] })
      expect(agent.ended).toBeUndefined()
    })
  })
})
