import { afterEach, beforeEach, describe, expect, it } from 'vitest'
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
