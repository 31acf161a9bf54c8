import { enrolment as enrolmentSchema } from '@kontena/protocol'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { enrolment, order, secret, type TestMaster, testMaster } from '../fixtures/test-master.ts'

const wanted = {
  order,
  secret,
  expires_in: 600,
  nodes: [{ name: 'web-1', labels: ['provider=aws'] }, { name: 'web-2' }],
}

describe('POST /v1/grids/:grid/enrolments', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster()
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
  })
  afterEach(() => master.close())

  const create = (change: object = {}, grid = 'prod') =>
    master.send(`/v1/grids/${grid}/enrolments`, { method: 'POST', body: { ...wanted, ...change } })

  it('registers the nodes of an order and shows no secret', async () => {
    const reply = await create()
    expect(reply.status).toBe(201)
    expect(reply.body).toMatchObject({
      order,
      expires_at: '2026-03-01T12:10:00.000Z',
      nodes: [
        { name: 'web-1', status: 'created', enrolment: 'pending', order, labels: ['provider=aws'] },
        { name: 'web-2', status: 'created', enrolment: 'pending', order, has_token: false },
      ],
    })
    expect(reply.text).not.toContain(secret)
    expect(enrolmentSchema.safeParse(reply.body).error).toBeUndefined()
  })

  it('answers a repeat as it did the first time', async () => {
    const first = await create()
    master.clock.advance(5_000)
    expect(await create()).toMatchObject({ status: 201, body: first.body })
  })

  it('refuses the same order with another secret', async () => {
    await create()
    expect(await create({ secret: 'cd'.repeat(32) })).toMatchObject({
      status: 409,
      body: { error: { order: 'Order exists already with another secret or in another grid' } },
    })
  })

  it('names every name that is taken, and makes nothing', async () => {
    const add = (name: string) =>
      master.send('/v1/grids/prod/nodes', { method: 'POST', body: { name } })
    await add('web-2')
    expect(await create()).toMatchObject({
      status: 409,
      body: { error: { name: 'web-2 already exists in grid prod' } },
    })
    await add('web-1')
    expect(await create()).toMatchObject({
      status: 409,
      body: { error: { name: 'web-1, web-2 already exist in grid prod' } },
    })
    expect(await master.store.nodes('prod')).toHaveLength(2)
  })

  it('refuses more nodes than the grid has room for', async () => {
    const nodes = (count: number, prefix: string) =>
      Array.from({ length: count }, (_, index) => ({ name: `${prefix}${index}` }))
    const first = { order: `${order.slice(0, -1)}4`, secret: 'cd'.repeat(32) }
    expect((await create({ ...first, nodes: nodes(253, 'a') })).status).toBe(201)
    expect(await create({ nodes: nodes(2, 'b') })).toMatchObject({
      status: 422,
      body: {
        error: {
          node: expect.stringContaining('prod has room for 1 more node, not for 2; its subnet'),
        },
      },
    })
  })

  it('registers more nodes than a grid of 1.5 holds where the subnet has room for them', async () => {
    const grid = { name: 'wide', subnet: '10.90.0.0/16' }
    await master.send('/v1/grids', { method: 'POST', body: grid })
    const nodes = Array.from({ length: 300 }, (_, index) => ({ name: `n${index}` }))
    const { body } = await create({ nodes }, 'wide')
    expect(Object(body).nodes.at(-1)).toMatchObject({ node_number: 300, overlay_ip: '10.90.1.44' })
  })

  it('takes no order that is too long for one request', async () => {
    const nodes = Array.from({ length: 2_001 }, (_, index) => ({ name: `n${index}` }))
    expect(await create({ nodes })).toMatchObject({
      status: 422,
      body: { error: { nodes: 'Nodes is too long' } },
    })
  })

  it.each([
    [{ order: 'x' }, { order: 'Order must be a ULID' }],
    [{ secret: 'short' }, { secret: 'Secret must be 32 to 64 bytes in hex' }],
    [{ expires_in: 0 }, { expires_in: 'Expires In is too small' }],
    [{ expires_in: 86_401 }, { expires_in: 'Expires In is too big' }],
    [{ nodes: [] }, { nodes: 'Nodes is too short' }],
    [{ nodes: undefined }, { nodes: 'Nodes is required' }],
    [
      { nodes: [{ name: 'ok' }, { name: 'Not_A_Host' }] },
      {
        nodes: [null, { name: 'Name must be 1 to 63 lower-case letters, digits and inner dashes' }],
      },
    ],
    [{ nodes: [{ name: 'a' }, { name: 'a' }] }, { nodes: 'Node name a is given twice' }],
    [
      { nodes: [{ name: 'a', labels: ['new\nline'] }] },
      { nodes: [{ labels: [expect.stringContaining('must be key or key=value')] }] },
    ],
  ])('refuses %j', async (change, error) => {
    expect(await create(change)).toMatchObject({ status: 422, body: { error } })
    expect(await master.store.nodes('prod')).toEqual([])
  })

  it('needs a grid', async () => {
    expect((await create({}, 'nowhere')).status).toBe(404)
  })
})

describe('DELETE /v1/grids/:grid/enrolments/:order', () => {
  it('kills the secret, keeps the nodes, and may be repeated', async () => {
    const master = await testMaster()
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    await master.send('/v1/grids/prod/enrolments', { method: 'POST', body: wanted })
    const end = (id: string) =>
      master.send(`/v1/grids/prod/enrolments/${id}`, { method: 'DELETE', body: {} })
    expect(await end(order)).toMatchObject({ status: 200, body: {} })
    expect(await end(order)).toMatchObject({ status: 200, body: {} })
    expect(await end('unknown')).toMatchObject({ status: 200, body: {} })
    expect(await master.send('/v1/enrol', { method: 'POST', body: enrolment() })).toMatchObject({
      status: 403,
    })
    expect(await master.store.nodes('prod')).toHaveLength(2)
    await master.close()
  })
})
