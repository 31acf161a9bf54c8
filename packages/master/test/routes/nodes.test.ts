import { node as nodeSchema } from '@kontena/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashSecret } from '../../src/secrets/secrets.ts'
import {
  enrolment,
  order,
  secret,
  system,
  type TestMaster,
  testMaster,
} from '../fixtures/test-master.ts'

describe('nodes', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster()
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod', initial_size: 2 } })
  })
  afterEach(() => master.close())

  const create = (body: unknown) => master.send('/v1/grids/prod/nodes', { method: 'POST', body })
  const show = (name: string) => master.send(`/v1/nodes/prod/${name}`)
  const update = (name: string, body: unknown) =>
    master.send(`/v1/nodes/prod/${name}`, { method: 'PUT', body })
  const remove = (name: string) => master.send(`/v1/nodes/prod/${name}`, { method: 'DELETE' })

  /** A node as it is once its agent is connected and has spoken. */
  const online = async (
    name: string,
    host: { region?: string; private?: string; public?: string },
  ) => {
    const labels = host.region === undefined ? [] : [`region=${host.region}`]
    const node = { name, labels, nodeId: `ID:${name}`, token: { hash: hashSecret(name) } }
    const made = await master.store.createNode('prod', node, system, master.clock())
    if (made.outcome !== 'created') throw new Error(made.outcome)
    const { key } = made.node
    const connection = (await master.store.openConnection(key, '2.0.0', master.clock())) ?? 0
    const info = { AgentVersion: '2.0.0', PrivateIp: host.private, PublicIp: host.public }
    await master.store.recordHost({ key, connection }, info, master.clock())
    return { key, connection }
  }

  it('are made by hand for an agent to come', async () => {
    const reply = await create({ name: 'web-1', labels: ['az=a'], token: 'sixteen-letters!' })
    expect(reply.status).toBe(201)
    expect(reply.body).toMatchObject({
      id: 'prod/web-1',
      node_id: null,
      name: 'web-1',
      status: 'created',
      connected: false,
      updated: false,
      availability: 'active',
      has_token: true,
      labels: ['az=a'],
      node_number: 3,
      initial_member: false,
      overlay_ip: '10.81.0.3',
      drained: null,
      service_containers: null,
      peer_ips: [],
      created_at: '2026-03-01T12:00:00.000Z',
      connected_at: null,
      os: null,
      resource_usage: {},
      grid: { id: 'prod', name: 'prod', initial_size: 2, token: expect.any(String) },
    })
    expect(reply.text).not.toContain('sixteen-letters!')
    expect(nodeSchema.safeParse(reply.body).error).toBeUndefined()
  })

  it('complains of some elements of a long list, not of all', async () => {
    const reply = await create({ name: 'web-1', labels: Array(5_000).fill('no label') })
    expect(reply.status).toBe(422)
    expect(Object(reply.body).error.labels).toHaveLength(20)
  })

  it('show the token they were made with, or the one made for them', async () => {
    await create({ name: 'web-1', token: 'sixteen-letters!' })
    await create({ name: 'web-2', token: null })
    const token = (name: string) => master.send(`/v1/nodes/prod/${name}/token`)
    expect((await token('web-1')).body).toEqual({ id: 'prod/web-1', token: 'sixteen-letters!' })
    expect((await token('web-2')).body).toMatchObject({ token: expect.stringMatching(/^.{86}==$/) })
    expect((await token('web-3')).body).toEqual({ error: 'Not found' })
  })

  it('do not show a token that their machine made', async () => {
    await online('web-1', {})
    expect(await master.send('/v1/nodes/prod/web-1/token')).toMatchObject({
      status: 404,
      body: { error: 'The token of this node was made on its machine and is known only there' },
    })
  })

  it('do not show a token they do not have', async () => {
    const node = { name: 'joined', labels: [], nodeId: 'A' }
    await master.store.createNode('prod', node, system, master.clock())
    expect(await master.send('/v1/nodes/prod/joined/token')).toMatchObject({
      status: 404,
      body: { error: 'Host node does not have a node token' },
    })
  })

  it.each([
    [{}, { name: 'Name is required' }],
    [{ name: 'a b' }, { name: "Name isn't in the right format" }],
    [{ name: 'web-1' }, { name: 'Node with name web-1 already exists' }],
    [{ name: 'x', token: 'short' }, { token: 'Token is too short' }],
    [{ name: 'x', token: 'sixteen-letters!' }, { token: 'Node with token already exists' }],
    [
      { name: 'x', labels: ['good', 'bad one'] },
      { labels: [null, 'Labels must be key or key=value without blanks or commas'] },
    ],
    [{ name: 'x', labels: 'az=a' }, { labels: "Labels isn't an array" }],
  ])('are refused: %j', async (body, error) => {
    await create({ name: 'web-1', token: 'sixteen-letters!' })
    expect(await create(body)).toMatchObject({ status: 422, body: { error } })
    expect(await master.store.nodes('prod')).toHaveLength(1)
  })

  it('are refused when the grid is full', async () => {
    for (let number = 1; number <= 254; number += 1) {
      const node = { name: `n${number}`, labels: [] }
      await master.store.createNode('prod', node, system, master.clock())
    }
    expect(await create({ name: 'more' })).toMatchObject({
      status: 422,
      body: {
        error: {
          node: 'Grid is full: prod has room for no more nodes; its subnet 10.81.0.0/16 holds 254, as with 1.5; a grid with another subnet of that size holds more',
        },
      },
    })
  })

  it('are listed by name, with the first numbers as initial members', async () => {
    for (const name of ['web-2', 'web-1', 'db-1']) await online(name, {})
    expect((await master.send('/v1/grids/prod/nodes')).body).toMatchObject({
      nodes: [
        { name: 'db-1', node_number: 3, initial_member: false },
        { name: 'web-1', node_number: 2, initial_member: true },
        { name: 'web-2', node_number: 1, initial_member: true },
      ],
    })
  })

  it('are found by the id of their engine too', async () => {
    await online('web-1', {})
    expect((await show('ID:web-1')).body).toMatchObject({ name: 'web-1', node_id: 'ID:web-1' })
    expect((await show('ID%3Aweb-1')).body).toMatchObject({ name: 'web-1' })
  })

  it('go through the statuses of the 1.5 master', async () => {
    await create({ name: 'web-1' })
    const status = async () => Object((await show('web-1')).body).status
    expect(await status()).toBe('created')
    const [node] = await master.store.nodes('prod')
    const key = node?.key ?? ''
    const binding = { nodeId: 'A', agentVersion: '2.0.0', labels: [] }
    await master.store.bindNode(key, binding, system, master.clock())
    expect(await status()).toBe('offline')
    const connection = (await master.store.openConnection(key, '2.0.0', master.clock())) ?? 0
    expect(await status()).toBe('connecting')
    await master.store.recordHost({ key, connection }, { AgentVersion: '2.0.0' }, master.clock())
    expect(await status()).toBe('online')
    await update('web-1', { availability: 'drain' })
    expect(await status()).toBe('drain')
  })

  it('meet at private addresses in one region and at public ones elsewhere', async () => {
    await online('a', { region: 'eu', private: '10.0.0.1', public: '203.0.113.1' })
    await online('b', { region: 'eu', private: '10.0.0.2', public: '203.0.113.2' })
    await online('c', { region: 'us', private: '10.0.0.2', public: '203.0.113.3' })
    await online('d', { private: '10.9.0.1' })
    await create({ name: 'e' })
    const peers = async (name: string) => Object((await show(name)).body).peer_ips
    expect(await Promise.all(['a', 'b', 'c', 'd', 'e'].map(peers))).toEqual([
      ['10.0.0.2', '203.0.113.3'],
      ['10.0.0.1', '203.0.113.3'],
      ['203.0.113.1', '203.0.113.2'],
      ['203.0.113.1', '203.0.113.2', '203.0.113.3'],
      ['203.0.113.1', '203.0.113.2', '203.0.113.3', '10.9.0.1'],
    ])
  })

  it('are listed without their peers, of which each has all the others', async () => {
    await online('a', { private: '10.0.0.1' })
    await online('b', { private: '10.0.0.2' })
    const { body } = await master.send('/v1/grids/prod/nodes')
    expect(Object(body).nodes).toHaveLength(2)
    expect(Object(body).nodes[0]).not.toHaveProperty('peer_ips')
  })

  it('get their labels replaced, and cleared by an empty list', async () => {
    await create({ name: 'web-1', labels: ['az=a', 'x'] })
    expect((await update('web-1', { labels: ['az=b'] })).body).toMatchObject({ labels: ['az=b'] })
    expect((await update('web-1', { labels: null })).body).toMatchObject({ labels: ['az=b'] })
    expect((await update('web-1', { labels: [] })).body).toMatchObject({ labels: [] })
    expect(await update('web-1', { labels: ['a,b'] })).toMatchObject({ status: 422 })
    expect(await update('web-1', { availability: 'off' })).toMatchObject({
      status: 422,
      body: { error: { availability: "Availability isn't an option" } },
    })
    expect((await update('nobody', {})).status).toBe(404)
  })

  it('are never renamed', async () => {
    await create({ name: 'web-1', labels: ['x'] })
    expect(await update('web-1', { name: 'web-2', labels: [] })).toMatchObject({
      status: 422,
      body: {
        error: { name: 'Node web-1 cannot be renamed: peers and machines know it by its name' },
      },
    })
    expect((await show('web-1')).body).toMatchObject({ labels: ['x'] })
    expect((await update('web-1', { name: 'web-1', labels: [] })).status).toBe(200)
  })

  it('with a machine are removed by commands that know of machines', async () => {
    const nodes = [{ name: 'web-1' }]
    const body = { order, secret, expires_in: 60, nodes }
    await master.send('/v1/grids/prod/enrolments', { method: 'POST', body })
    await master.send('/v1/enrol', { method: 'POST', body: enrolment() })
    expect(await remove('web-1')).toMatchObject({
      status: 422,
      body: {
        error: {
          node: 'Node web-1 runs on machine i-1 of aws, which would go on without it. Take both away with a kontena command of version 2: kontena aws node terminate web-1',
        },
      },
    })
    expect((await show('web-1')).status).toBe(200)
    const ours = { method: 'DELETE', headers: { 'kontena-client': '2.0.0' } } as const
    expect((await master.send('/v1/nodes/prod/web-1', ours)).status).toBe(200)
  })

  it('are removed with their token', async () => {
    await create({ name: 'web-1', token: 'sixteen-letters!' })
    expect(await remove('web-1')).toMatchObject({ status: 200, body: {} })
    expect(await remove('web-1')).toMatchObject({ status: 404 })
    expect(await master.store.nodeByToken(hashSecret('sixteen-letters!'))).toBeUndefined()
    expect((await master.store.auditLog(1))[0]).toMatchObject({
      event: 'remove node',
      actor: { user: { email: 'admin' }, address: '127.0.0.1' },
    })
  })

  it('stay while they are connected by the grid token', async () => {
    const node = { name: 'joined', labels: [], nodeId: 'A' }
    const made = await master.store.createNode('prod', node, system, master.clock())
    if (made.outcome !== 'created') throw new Error(made.outcome)
    await master.store.openConnection(made.node.key, '2.0.0', master.clock())
    expect(await remove('joined')).toMatchObject({
      status: 422,
      body: {
        error: {
          node: 'Node joined is online and joined with the grid token: it would join again at once. Stop its agent or its machine first',
        },
      },
    })
    expect((await show('joined')).status).toBe(200)
  })

  it('need a grid that exists', async () => {
    expect(await master.send('/v1/grids/nowhere/nodes')).toMatchObject({
      status: 404,
      body: { error: 'Not found' },
    })
  })
})
