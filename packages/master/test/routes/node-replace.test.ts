import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, knock, listen } from '../fixtures/test-agent.ts'
import { enrolment, order, secret, type TestMaster, testMaster } from '../fixtures/test-master.ts'

const token = 'the first token of web-1'
const nextToken = 'the next token of web-1!'

describe('POST /v1/nodes/:grid/:node/replace', () => {
  let master: TestMaster
  let url: string
  beforeEach(async () => {
    master = await testMaster()
    url = await listen(master)
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    const body = { name: 'web-1', token, labels: ['az=a'] }
    await master.send('/v1/grids/prod/nodes', { method: 'POST', body })
  })
  afterEach(() => master.close())

  const replace = (body: unknown = {}, name = 'web-1') =>
    master.send(`/v1/nodes/prod/${name}/replace`, { method: 'POST', body })
  const show = async () => Object((await master.send('/v1/nodes/prod/web-1')).body)
  const headers = (nodeToken: string, engine: string) => ({
    'Kontena-Node-Token': nodeToken,
    'Kontena-Node-Id': engine,
  })
  /** An agent that has told its addresses. */
  const online = async (nodeToken: string, engine: string, address = '10.0.0.1') => {
    const agent = await connect(url, headers(nodeToken, engine))
    const host = { AgentVersion: '2.0.0', PrivateIp: address }
    await agent.call('/nodes/update', engine, host)
    return agent
  }

  it('lets another machine join under the name, number and labels', async () => {
    await (await online(token, 'OLD')).leave()
    const { node_number: number } = await show()
    expect(await replace({ token: nextToken })).toMatchObject({
      status: 200,
      body: { name: 'web-1', node_id: null, status: 'offline', labels: ['az=a'], private_ip: null },
    })
    await online(nextToken, 'NEW')
    expect(await show()).toMatchObject({
      node_id: 'NEW',
      status: 'online',
      node_number: number,
      labels: ['az=a'],
    })
  })

  it('makes a token where none is given', async () => {
    await replace()
    const shown = await master.send('/v1/nodes/prod/web-1/token')
    expect(shown.body).toMatchObject({ token: expect.stringMatching(/^.{86}==$/) })
  })

  it('cuts the old agent off for good, once it is said that it may be connected', async () => {
    const old = await online(token, 'OLD')
    expect(await replace({ token: nextToken })).toMatchObject({
      status: 422,
      body: { error: { node: expect.stringContaining('Node web-1 is connected') } },
    })
    expect((await replace({ token: nextToken, force: true })).status).toBe(200)
    expect(await old.closed).toMatchObject({
      code: 4040,
      reason: 'host node web-1 has another machine now',
    })
    expect(await knock(url, headers(token, 'OLD'))).toMatchObject({ status: 401 })
    expect(await show()).toMatchObject({ connected: false })
  })

  it('keeps an engine that had the token of the grid from coming back as another node', async () => {
    const { token: gridToken } = Object((await master.send('/v1/grids/prod')).body)
    const byGrid = {
      'Kontena-Grid-Token': gridToken,
      'Kontena-Node-Name': 'joined',
      'Kontena-Node-Id': 'OLD',
    }
    await (await connect(url, byGrid)).leave()
    expect((await replace({ token: nextToken }, 'joined')).status).toBe(200)
    expect(await knock(url, byGrid)).toMatchObject({
      status: 403,
      headers: { 'kontena-close': '4006' },
    })
    await online(nextToken, 'NEW')
    expect((await master.send('/v1/nodes/prod/joined')).body).toMatchObject({ node_id: 'NEW' })
  })

  it('tells the peers that its address is gone', async () => {
    const peer = { name: 'peer', token: 'the token of the peer' }
    await master.send('/v1/grids/prod/nodes', { method: 'POST', body: peer })
    const agent = await online(peer.token, 'PEER', '10.0.0.9')
    await (await online(token, 'OLD')).leave()
    for (;;) {
      const { peer_ips: peers } = Object(await agent.next('/agent/node_info'))
      if (peers.length === 1) break
    }
    await replace()
    for (;;) {
      const { peer_ips: peers } = Object(await agent.next('/agent/node_info'))
      if (peers.length === 0) break
    }
  })

  it.each([
    [{ token: 'short' }, { token: 'Token is too short' }],
    [{ force: 'maybe' }, { force: "Force isn't a boolean" }],
  ])('refuses %j', async (body, error) => {
    expect(await replace(body)).toMatchObject({ status: 422, body: { error } })
  })

  it('needs a node', async () => {
    expect((await replace({}, 'nobody')).status).toBe(404)
  })

  it('is for who may change the grid', async () => {
    const member = await master.loginAs('jo', [], ['prod'])
    const path = '/v1/nodes/prod/web-1/replace'
    const refused = await master.send(path, { method: 'POST', body: {}, token: member })
    expect(refused.status).toBe(403)
  })

  it('leaves a node with a machine to the command that ends the machine', async () => {
    const body = { order, secret, expires_in: 60, nodes: [{ name: 'db-1' }] }
    await master.send('/v1/grids/prod/enrolments', { method: 'POST', body })
    expect(await replace({ force: true }, 'db-1')).toMatchObject({
      status: 422,
      body: { error: { node: 'Node db-1 waits for the machine of an order that is under way' } },
    })
    await master.send('/v1/enrol', { method: 'POST', body: enrolment({ name: 'db-1' }) })
    expect(await replace({ force: true }, 'db-1')).toMatchObject({
      status: 422,
      body: { error: { node: expect.stringContaining('kontena aws node replace db-1') } },
    })
  })
})

describe('an order that replaces nodes', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster()
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    await master.send('/v1/grids/prod/nodes', { method: 'POST', body: { name: 'web-1', token } })
  })
  afterEach(() => master.close())

  const create = (change: object, id = order) =>
    master.send('/v1/grids/prod/enrolments', {
      method: 'POST',
      body: {
        order: id,
        secret: secret.slice(0, -2) + id.slice(-1).charCodeAt(0),
        expires_in: 60,
        ...change,
      },
    })
  const nodes = (name: string, replace: 'offline' | 'always') => ({ nodes: [{ name, replace }] })

  it('cuts the old agent off and gives the node to the machine of the order', async () => {
    const old = await connect(await listen(master), { 'Kontena-Node-Token': token })
    expect(await create(nodes('web-1', 'offline'))).toMatchObject({
      status: 422,
      body: { error: { nodes: 'Still connected: node web-1' } },
    })
    expect(await create(nodes('web-1', 'always'))).toMatchObject({
      status: 201,
      body: { nodes: [{ name: 'web-1', status: 'offline', enrolment: 'pending', order }] },
    })
    expect(await old.closed).toMatchObject({
      code: 4040,
      reason: 'host node web-1 has another machine now',
    })
  })

  it('is refused where a node is missing, or another order is under way for it', async () => {
    expect(await create(nodes('web-9', 'always'))).toMatchObject({
      status: 422,
      body: { error: { nodes: 'Grid prod has no node web-9' } },
    })
    await create(nodes('web-1', 'offline'))
    expect(await create(nodes('web-1', 'always'), `${order.slice(0, -1)}4`)).toMatchObject({
      status: 409,
      body: { error: { nodes: 'Another order is under way for node web-1' } },
    })
  })
})
