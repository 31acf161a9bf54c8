import { afterEach, beforeEach, describe, expect, it, onTestFinished } from 'vitest'
import { connect, listen } from '../fixtures/test-agent.ts'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

describe('grids', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster()
  })
  afterEach(() => master.close())

  const create = (body: unknown) => master.send('/v1/grids', { method: 'POST', body })

  it('are made with defaults', async () => {
    const reply = await create({ name: 'prod' })
    expect(reply.status).toBe(201)
    expect(reply.body).toEqual({
      id: 'prod',
      name: 'prod',
      token: expect.stringMatching(/^[A-Za-z0-9+/]{86}==$/),
      initial_size: 1,
      stats: { statsd: null },
      default_affinity: [],
      trusted_subnets: [],
      node_count: 0,
      service_count: 0,
      container_count: 0,
      user_count: 1,
      subnet: '10.81.0.0/16',
      supernet: '10.80.0.0/12',
    })
  })

  it('get a random name where none is given, or null', async () => {
    for (const body of [{}, { name: null }]) {
      const name: unknown = Object((await create(body)).body).name
      expect(name).toMatch(/^[a-z]+-[a-z]+$/)
    }
  })

  it('take what is asked for', async () => {
    const wanted = {
      name: 'prod_2',
      initial_size: '3',
      token: 'my-token',
      subnet: '10.0.0.0/20',
      supernet: '10.0.0.0/8',
      trusted_subnets: ['192.168.0.0/24'],
      default_affinity: ['label==x'],
    }
    const reply = await create({ ...wanted, unknown: true })
    expect(reply.body).toMatchObject({ ...wanted, initial_size: 3 })
    expect((await master.send('/v1/grids/prod_2')).body).toEqual(reply.body)
  })

  it.each([
    [{ name: 'ab' }, { name: 'Name is too short' }],
    [{ name: 'a b c' }, { name: "Name isn't in the right format" }],
    [{ name: ['x'] }, { name: "Name isn't a string" }],
    [{ name: 'prod' }, { grid: 'Grid with name prod already exists' }],
    [{ initial_size: 0 }, { initial_size: 'Initial Size is too small' }],
    [{ initial_size: 8 }, { initial_size: 'Initial Size is too big' }],
    [{ initial_size: 1.5 }, { initial_size: "Initial Size isn't an integer" }],
    [{ initial_size: 'many' }, { initial_size: "Initial Size isn't an integer" }],
    [{ token: 'taken' }, { token: 'Token is already used by another grid' }],
    [{ token: 'two words' }, { token: "Token isn't in the right format" }],
    [
      { subnet: '192.168.0.0/16' },
      { subnet: "Subnet 192.168.0.0/16 isn't within the supernet 10.80.0.0/12" },
    ],
    [
      { subnet: '10.64.0.0/10' },
      { subnet: "Subnet 10.64.0.0/10 isn't within the supernet 10.80.0.0/12" },
    ],
    [{ stats: { statsd: { server: 'h' } } }, { stats: { statsd: { port: 'Port is required' } } }],
    [{ logs: { forwarder: 'syslog' } }, { logs: { forwarder: "Forwarder isn't an option" } }],
    [{ logs: { forwarder: 'fluentd' } }, { logs: 'fluentd-address option must be given' }],
    [{ subnet: '10.0.0/8' }, { subnet: "Subnet 10.0.0/8 isn't an IPv4 range of /24 or wider" }],
    [{ subnet: '10.0.0.0/28' }, { subnet: expect.stringContaining('/24 or wider') }],
    [{ supernet: 'fd00::/8' }, { supernet: "Supernet fd00::/8 isn't an IPv4 range" }],
    [{ trusted_subnets: ['10.0.0.0/8', 'x'] }, { trusted_subnets: 'Invalid trusted_subnet x' }],
    [{ trusted_subnets: ['a', []] }, { trusted_subnets: [null, "Trusted Subnets isn't a string"] }],
  ])('are refused: %j', async (body, error) => {
    await create({ name: 'prod', token: 'taken' })
    expect(await create({ name: 'good-name', ...body })).toMatchObject({
      status: 422,
      body: { error },
    })
    expect((await master.send('/v1/grids')).body).toMatchObject({ grids: [{ name: 'prod' }] })
  })

  it('say where statistics and logs go', async () => {
    const stats = { statsd: { server: '10.0.0.9', port: '8125' } }
    const logs = { forwarder: 'fluentd', opts: { 'fluentd-address': '10.0.0.9:24224' } }
    const reply = await create({ name: 'prod', stats, logs })
    expect(reply.body).toMatchObject({
      stats: { statsd: { server: '10.0.0.9', port: 8125 } },
      logs,
    })
    await master.send('/v1/grids/prod/nodes', { method: 'POST', body: { name: 'web-1' } })
    expect((await master.send('/v1/nodes/prod/web-1')).body).toMatchObject({
      grid: { stats: { statsd: { server: '10.0.0.9' } }, logs },
    })
  })

  it('are listed by name', async () => {
    for (const name of ['prod', 'test', 'dev']) await create({ name })
    expect((await master.send('/v1/grids')).body).toMatchObject({
      grids: [{ name: 'dev' }, { name: 'prod' }, { name: 'test' }],
    })
  })

  it('are removed when they are empty', async () => {
    await create({ name: 'prod' })
    await master.send('/v1/grids/prod/nodes', { method: 'POST', body: { name: 'web-1' } })
    const remove = () => master.send('/v1/grids/prod', { method: 'DELETE', body: {} })
    expect(await remove()).toMatchObject({
      status: 422,
      body: { error: { grid: 'Grid has nodes' } },
    })
    await master.send('/v1/nodes/prod/web-1', { method: 'DELETE' })
    expect(await remove()).toMatchObject({ status: 200, body: {} })
    expect(await remove()).toMatchObject({ status: 404, body: { error: 'Not found' } })
    expect((await master.send('/v1/grids/prod')).status).toBe(404)
  })
})

describe('PUT of a grid', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster()
    await master.send('/v1/grids', {
      method: 'POST',
      body: { name: 'prod', initial_size: 3, trusted_subnets: ['10.0.0.0/8'] },
    })
  })
  afterEach(() => master.close())

  const update = (body: unknown, token = master.admin) =>
    master.send('/v1/grids/prod', { method: 'PUT', body, token })

  it('changes what is named and leaves the rest', async () => {
    const changed = await update({ default_affinity: ['label!=db'] })
    expect(changed).toMatchObject({ status: 200, body: { default_affinity: ['label!=db'] } })
    const again = await update({ stats: { statsd: { server: 'stats', port: 8125 } } })
    expect(again.body).toMatchObject({
      default_affinity: ['label!=db'],
      trusted_subnets: ['10.0.0.0/8'],
      stats: { statsd: { server: 'stats', port: 8125 } },
    })
    expect((await master.send('/v1/grids/prod')).body).toEqual(again.body)
  })

  it.each([[{ stats: { statsd: null } }], [{ stats: { statsd: { server: 'none', port: 0 } } }]])(
    'clears the statistics server with %j',
    async (body) => {
      await update({ stats: { statsd: { server: 'stats', port: 8125 } } })
      expect((await update(body)).body).toMatchObject({ stats: { statsd: null } })
    },
  )

  it('clears lists that are empty, and logs by the forwarder none', async () => {
    await update({
      default_affinity: ['x'],
      logs: { forwarder: 'fluentd', opts: { 'fluentd-address': 'logs:24224' } },
    })
    const { body } = await update({
      default_affinity: [],
      trusted_subnets: [],
      logs: { forwarder: 'none', opts: {} },
    })
    expect(body).toMatchObject({ default_affinity: [], trusted_subnets: [] })
    expect(body).not.toHaveProperty('logs')
  })

  it('leaves what cannot change as it was, as 1.5 did', async () => {
    const before = (await master.send('/v1/grids/prod')).body
    const wanted = { name: 'other', initial_size: 5, token: 'new', subnet: '10.82.0.0/16' }
    expect(await update(wanted)).toMatchObject({ status: 200, body: Object(before) })
  })

  it('tells clients of ours that it cannot change', async () => {
    const reply = await master.send('/v1/grids/prod', {
      method: 'PUT',
      body: { initial_size: 5 },
      headers: { 'kontena-client': '2.0.0' },
    })
    expect(reply).toMatchObject({
      status: 422,
      body: { error: { initial_size: "Initial Size isn't a known field" } },
    })
  })

  it('changes nothing where a part of it is wrong', async () => {
    const reply = await update({ default_affinity: ['x'], trusted_subnets: ['10.0.0.0/33'] })
    expect(reply).toMatchObject({
      status: 422,
      body: { error: { trusted_subnets: 'Invalid trusted_subnet 10.0.0.0/33' } },
    })
    expect((await master.send('/v1/grids/prod')).body).toMatchObject({ default_affinity: [] })
  })

  it('tells the agents of the grid, and writes down what was and what is', async () => {
    const agent = await connect(await listen(master), {
      'Kontena-Grid-Token': Object((await master.send('/v1/grids/prod')).body).token,
    })
    await agent.next('/agent/node_info')
    await update({ trusted_subnets: ['192.168.0.0/24'] })
    expect(await agent.next('/agent/node_info')).toMatchObject({
      grid: { trusted_subnets: ['192.168.0.0/24'] },
    })
    await agent.leave()
    const log = await master.store.auditLog(10, 'prod')
    expect(log.find(({ event }) => event === 'update grid')).toMatchObject({
      before: { trustedSubnets: ['10.0.0.0/8'] },
      after: { trustedSubnets: ['192.168.0.0/24'] },
      actor: { user: { email: 'admin' } },
    })
  })
})

describe('the rights on grids', () => {
  it('of members who administer nothing end with 422, of strangers with 403', async () => {
    const master = await testMaster()
    onTestFinished(() => master.close())
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    const manager = await master.loginAs('manager', ['grid_admin'], ['prod'])
    const member = await master.loginAs('member', ['user_admin'], ['prod'])
    const stranger = await master.loginAs('stranger', ['grid_admin'])
    const refused = { status: 422, body: { error: { user: 'Operation not allowed' } } }
    const denied = { status: 403, body: { error: 'Access denied' } }

    const put = (token: string) => master.send('/v1/grids/prod', { method: 'PUT', body: {}, token })
    expect(await put(manager)).toMatchObject({ status: 200 })
    expect(await put(member)).toMatchObject(refused)
    expect(await put(stranger)).toMatchObject(denied)
    const remove = (token: string) => master.send('/v1/grids/prod', { method: 'DELETE', token })
    expect(await remove(manager)).toMatchObject(refused)
    expect(await remove(stranger)).toMatchObject(denied)
    const create = (token: string) =>
      master.send('/v1/grids', { method: 'POST', body: { name: 'mine' }, token })
    expect(await create(manager)).toMatchObject(refused)
    expect((await master.send('/v1/grids', { token: stranger })).body).toEqual({ grids: [] })
  })
})
