import { once } from 'node:events'
import { request } from 'node:http'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashContent, hashSecret } from '../../src/secrets/secrets.ts'
import { type AgentHeaders, connect, knock, listen } from '../fixtures/test-agent.ts'
import { agentBundle, system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

/** Also tells an agent that is closed at once what to become. */
const greeting = { version: '2.0.0', agent_bundle: hashContent(agentBundle) }

describe('an agent that knocks', () => {
  let master: TestMaster
  let url: string
  let gridToken: string
  const start = async (options: Parameters<typeof testMaster>[0] = {}) => {
    master = await testMaster(options)
    url = await listen(master)
    const grid = await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    gridToken = String(Object(grid.body).token)
  }
  beforeEach(() => start())
  afterEach(() => master.close())

  const addNode = async (name: string, token: string, more: { nodeId?: string } = {}) => {
    const node = { name, labels: ['az=a'], token: { hash: hashSecret(token) }, ...more }
    await master.store.createNode('prod', node, system, master.clock())
  }
  const nodes = () => master.store.nodes('prod')
  const byGrid = (more: AgentHeaders = {}) => ({ 'Kontena-Grid-Token': gridToken, ...more })
  const byNode = (token: string, more: AgentHeaders = {}) => ({
    'Kontena-Node-Token': token,
    ...more,
  })

  it('with the grid token becomes a new node, with its name and labels', async () => {
    const labels = 'region=eu,az=a,bad label'
    const agent = await connect(url, byGrid({ 'Kontena-Node-Labels': labels }))
    expect(await agent.next('/agent/master_info')).toEqual(greeting)
    expect(await agent.next('/agent/node_info')).toMatchObject({
      id: 'AAAA:BBBB',
      name: 'host-1',
      labels: ['region=eu', 'az=a'],
      node_number: 1,
      overlay_ip: '10.81.0.1',
    })
    expect(await nodes()).toMatchObject([
      { name: 'host-1', nodeId: 'AAAA:BBBB', hasToken: false, connected: true },
    ])
    expect((await master.store.auditLog(1))[0]?.event).toBe('join node')
  })

  it('with the grid token is the same node again, whatever it is called now', async () => {
    await (await connect(url, byGrid())).leave()
    const agent = await connect(url, byGrid({ 'Kontena-Node-Name': 'renamed' }))
    expect(await agent.next('/agent/node_info')).toMatchObject({ name: 'host-1' })
    expect(await nodes()).toHaveLength(1)
  })

  it.each([
    ['..', 'node'],
    ['a/../b', 'a-..-b'],
  ])('called %s becomes %s, as its name is part of addresses', async (name, called) => {
    const agent = await connect(url, byGrid({ 'Kontena-Node-Name': name }))
    expect(await agent.next('/agent/node_info')).toMatchObject({ name: called })
    expect((await master.send(`/v1/nodes/prod/${called}`)).status).toBe(200)
  })

  it('under a name that is taken gets that name with its number', async () => {
    await addNode('host-1', 'token-a')
    await addNode('other', 'token-b')
    const agent = await connect(url, byGrid())
    expect(await agent.next('/agent/node_info')).toMatchObject({ name: 'host-1-1', node_number: 1 })
  })

  it('gets a name of its own also where many of that name come at once', async () => {
    const ids = ['A', 'B', 'C', 'D', 'E']
    const agents = ids.map((id) => connect(url, byGrid({ 'Kontena-Node-Id': id })))
    for (const agent of await Promise.all(agents)) await agent.next('/agent/node_info')
    const found = await nodes()
    expect(new Set(found.map(({ name }) => name)).size).toBe(ids.length)
    expect(found.map(({ nodeId }) => nodeId).toSorted()).toEqual(ids)
  })

  it('finds a name even where that with its number is taken too', async () => {
    await addNode('host-1', 'token-a')
    await addNode('host-1-3', 'token-b')
    const agent = await connect(url, byGrid())
    expect(await agent.next('/agent/node_info')).toMatchObject({ name: 'host-1-1' })
  })

  it('with a node token takes the node, and adds its labels', async () => {
    await addNode('web-1', 'token-a')
    const agent = await connect(url, byNode('token-a', { 'Kontena-Node-Labels': 'az=a,x' }))
    expect(await agent.next('/agent/node_info')).toMatchObject({
      name: 'web-1',
      labels: ['az=a', 'x'],
    })
    expect(await nodes()).toMatchObject([{ nodeId: 'AAAA:BBBB', connected: true }])
    await agent.leave()
    await (await connect(url, byNode('token-a'))).leave()
  })

  it('is greeted with the headers of the 1.5 protocol', async () => {
    const agent = await connect(url, byGrid())
    expect(agent.headers).toMatchObject({
      'kontena-version': '2.0.0',
      'kontena-connected-at': '2026-03-01 12:00:00.000000000Z',
    })
  })

  describe('and is refused', () => {
    const cases: [string, AgentHeaders, number, number][] = [
      ['without id', { 'Kontena-Node-Id': undefined }, 4000, 403],
      ['without name', { 'Kontena-Node-Name': undefined }, 4000, 403],
      ['without token', {}, 4004, 401],
      ['with an unknown grid token', { 'Kontena-Grid-Token': 'guess' }, 4001, 401],
      ['with an unknown node token', { 'Kontena-Node-Token': 'guess' }, 4002, 401],
      ["with another node's token", { 'Kontena-Node-Token': 'bound' }, 4003, 403],
      [
        "with another node's id",
        { 'Kontena-Node-Id': 'BOUND', 'Kontena-Node-Token': 'free' },
        4006,
        403,
      ],
    ]
    beforeEach(async () => {
      await addNode('bound', 'bound', { nodeId: 'BOUND' })
      await addNode('free', 'free')
    })

    it.each(cases)('%s, before the upgrade', async (_what, headers, code, status) => {
      const before = await nodes()
      const refusal = await knock(url, headers)
      expect(refusal).toMatchObject({
        status,
        headers: { 'kontena-close': String(code), 'x-kontena-version': '2.0.0' },
      })
      const after = await nodes()
      expect(after.map((node) => ({ ...node, rejection: undefined }))).toEqual(before)
    })

    it.each(cases)(
      '%s, with a close code where it is an older agent',
      async (_what, headers, code) => {
        await master.close()
        await start({ version: '1.5.9' })
        await addNode('bound', 'bound', { nodeId: 'BOUND' })
        await addNode('free', 'free')
        const agent = await connect(url, { 'Kontena-Version': '1.5.4', ...headers })
        expect(await agent.closed).toMatchObject({ code })
      },
    )

    it('with the grid token, where its node has a token of its own', async () => {
      const refusal = await knock(url, byGrid({ 'Kontena-Node-Id': 'BOUND' }))
      expect(refusal).toMatchObject({ status: 403, headers: { 'kontena-close': '4005' } })
    })

    it('with the token of a second grid', async () => {
      await connect(url, byGrid())
      const grid = await master.send('/v1/grids', { method: 'POST', body: { name: 'test' } })
      const token = String(Object(grid.body).token)
      const refusal = await knock(url, { 'Kontena-Grid-Token': token })
      expect(refusal).toMatchObject({ status: 403, headers: { 'kontena-close': '4006' } })
    })

    it('of another version, after it has been told which one is wanted', async () => {
      for (const version of ['1.5.4', '2.1.0', '']) {
        const agent = await connect(url, byGrid({ 'Kontena-Version': version }))
        expect(await agent.next('/agent/master_info')).toEqual(greeting)
        expect(await agent.closed).toMatchObject({ code: 4010 })
      }
      expect((await nodes()).filter((node) => node.connected)).toEqual([])
    })

    it('when the grid is full, without a close code that would end it', async () => {
      for (let number = 3; number <= 254; number += 1) await addNode(`n${number}`, `t${number}`)
      const refusal = await knock(url, byGrid())
      expect(refusal).toMatchObject({ status: 503 })
      expect(refusal.headers).not.toHaveProperty('kontena-close')
    })

    it('on any other path', async () => {
      expect(await knock(`${url}/v1/agent`, byGrid())).toMatchObject({ status: 404 })
    })

    it('when it asks for another protocol, as any client of the API', async () => {
      const headers = { connection: 'upgrade', upgrade: 'h2c', 'kontena-grid-token': gridToken }
      const sent = request(url.replace('ws', 'http'), { headers }).end()
      const [reply] = await once(sent, 'response')
      expect(reply.statusCode).toBe(200)
      reply.resume()
      expect(await nodes()).toHaveLength(2)
    })

    it('when the store fails, without a word about why', async () => {
      await master.close()
      const broken = {
        ...(await testMaster()).store,
        gridByToken: () => Promise.reject(new Error('x')),
      }
      master = await testMaster({ store: broken })
      url = await listen(master)
      expect(await knock(url, byGrid())).toMatchObject({ status: 500 })
    })
  })

  it('with a token that is changed meanwhile has to come again', async () => {
    const { store } = master
    await addNode('web-1', 'token-a')
    const slow = await testMaster({
      store: {
        ...store,
        openConnection: async (...about) => {
          await store.setNodeToken('prod', 'web-1', { hash: 'other' }, system, master.clock())
          return store.openConnection(...about)
        },
      },
    })
    const agent = await connect(await listen(slow), byNode('token-a'))
    expect(await agent.closed).toMatchObject({ code: 4031 })
    expect(await store.node('prod', 'web-1')).toMatchObject({ connected: false })
    await slow.close()
  })

  describe('with a wrong clock', () => {
    it('is let in, since ours sees to that itself', async () => {
      const agent = await connect(
        url,
        byGrid({ 'Kontena-Connected-At': '2025-03-01 12:00:00.000000000Z' }),
      )
      expect(await agent.next('/agent/node_info')).toMatchObject({ name: 'host-1' })
    })

    it.each([
      ['11:59:53.900000000Z', 4020],
      ['12:00:01.100000000Z', 4020],
      ['11:59:54.100000000Z', undefined],
      ['12:00:00.900000000Z', undefined],
    ])('is refused where it is an older one: %s', async (time, code) => {
      await master.close()
      await start({ version: '1.5.4' })
      const agent = await connect(
        url,
        byGrid({ 'Kontena-Version': '1.5.4', 'Kontena-Connected-At': `2026-03-01 ${time}` }),
      )
      if (code === undefined) await agent.next('/agent/node_info')
      else expect(await agent.closed).toMatchObject({ code })
    })
  })
})
