import { describe, expect, test } from 'vitest'
import { type ApiStub, problem, startApiStub } from './api-stub.ts'
import { call, newOwner, openSession, orderOf } from './orders.ts'

const owner = newOwner()
const description = `kontena:master:${owner.master} kontena:grid:demo`
const first = {
  id: 'd',
  name: 'default-fra1',
  region: 'fra1',
  ip_range: '10.1.0.0/20',
  default: true,
}
const own = {
  id: 'v',
  name: 'kontena-demo',
  description,
  region: 'fra1',
  ip_range: '10.2.0.0/20',
  default: false,
}

/** A stub in which the grid's key is there. */
async function startVpcStub(...vpcs: readonly unknown[]): Promise<ApiStub> {
  const api = await startApiStub()
  api.answer('GET /v2/vpcs', { json: { vpcs } })
  api.answer('POST /v2/account/keys', problem(422, 'unprocessable_entity', 'is already in use'))
  return api
}

const created = (api: ApiStub) => api.sent('POST /v2/vpcs')

async function prepare(machine: Readonly<Record<string, unknown>> = {}) {
  return (await openSession({ machine })).prepare(orderOf(owner), call)
}

describe("the grid's VPC", () => {
  test('that is there is used, whatever it is called by now', async () => {
    const api = await startVpcStub(first, { ...own, name: 'renamed' })
    const { shared, network } = await prepare()
    expect(shared.vpc).toBe('v')
    expect(network).toEqual(['10.2.0.0/20'])
    expect(created(api)).toEqual([])
  })

  test('is made where it is missing, and says whose it is', async () => {
    const api = await startVpcStub(first)
    api.answer('POST /v2/vpcs', { status: 201, json: { vpc: own } })
    expect((await prepare()).shared.vpc).toBe('v')
    expect(created(api)).toEqual([
      {
        name: expect.stringMatching(/^kontena-demo-[0-9a-f]{8}-fra1$/),
        region: 'fra1',
        description,
      },
    ])
  })

  test.each([
    ['of another region', { region: 'ams3' }],
    ['of another grid', { description: `kontena:master:${owner.master} kontena:grid:other` }],
    ['of another master', { description: 'kontena:master:x kontena:grid:demo' }],
    ['of nobody', { description: '' }],
  ])('is not one %s', async (_, changes) => {
    const api = await startVpcStub(first, { ...own, id: 'other', ...changes })
    api.answer('POST /v2/vpcs', { status: 201, json: { vpc: own } })
    expect((await prepare()).shared.vpc).toBe('v')
  })

  test('whose name is taken by another is not made, and the other is not touched', async () => {
    const api = await startVpcStub(first)
    api.answer('POST /v2/vpcs', { status: 201, json: { vpc: own } })
    await prepare()
    const [{ name } = { name: '' }] = created(api).map((body) => ({ ...own, ...Object(body) }))
    api.answer('GET /v2/vpcs', { json: { vpcs: [first, { ...own, name, description: 'mine' }] } })
    await expect(prepare()).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: `VPC ${name} exists and is not this grid's`,
    })
    expect(created(api)).toHaveLength(1)
  })

  test('that another command made a moment before is used', async () => {
    const api = await startVpcStub(first)
    api.answer('POST /v2/vpcs', (request) => {
      const made = { ...own, ...Object(request.body) }
      api.answer('GET /v2/vpcs', { json: { vpcs: [first, made] } })
      return problem(422, 'unprocessable_entity', 'A VPC with that name already exists')
    })
    expect((await prepare()).shared.vpc).toBe('v')
  })

  test("comes second in a region without one, as the first is everybody's", async () => {
    const api = await startVpcStub()
    api.answer(
      'POST /v2/vpcs',
      { status: 201, json: { vpc: first } },
      { status: 201, json: { vpc: own } },
    )
    const { shared, network } = await prepare()
    expect(shared.vpc).toBe('v')
    expect(network).toEqual(['10.2.0.0/20'])
    expect(created(api)).toEqual([
      { name: 'default-fra1', region: 'fra1' },
      expect.objectContaining({ description }),
    ])
  })

  test('of a grid with letters that names cannot have is called without them', async () => {
    const api = await startVpcStub(first)
    api.answer('POST /v2/vpcs', { status: 201, json: { vpc: own } })
    const session = await openSession()
    await session.prepare(orderOf({ ...owner, grid: 'My_Grid' }), call)
    expect(created(api)).toEqual([
      expect.objectContaining({
        name: expect.stringMatching(/^kontena-My-Grid-[0-9a-f]{8}-fra1$/),
        description: `kontena:master:${owner.master} kontena:grid:My_Grid`,
      }),
    ])
  })
})

describe('a VPC that was given', () => {
  test.each(['d', 'default-fra1'])('is used as it is: %s', async (vpc) => {
    const api = await startVpcStub(first)
    const { shared, network } = await prepare({ vpc })
    expect(shared.vpc).toBe('d')
    expect(network).toEqual(['10.1.0.0/20'])
    expect(created(api)).toEqual([])
  })

  test('and is not there is not made', async () => {
    const api = await startVpcStub(first)
    await expect(prepare({ vpc: 'private' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    expect(created(api)).toEqual([])
  })
})

describe('taking the VPC away', () => {
  const members = (...urns: string[]) => ({ json: { members: urns.map((urn) => ({ urn })) } })
  const remove = async () => (await openSession()).removeShared(owner, call)
  const droplet = (tags: readonly string[]) => ({
    json: {
      droplet: {
        id: 7,
        name: 'x',
        status: 'active',
        region: { slug: 'fra1' },
        size_slug: 's',
        tags,
      },
    },
  })

  async function startMemberStub(...urns: string[]): Promise<ApiStub> {
    const api = await startVpcStub(first, own)
    api.answer('GET /v2/vpcs/v/members', members(...urns))
    api.answer('DELETE /v2/vpcs/v', { status: 204 })
    api.answer('GET /v2/tags', { json: { tags: [] } })
    return api
  }
  const deleted = (api: ApiStub) => api.lines().filter((line) => line.startsWith('DELETE /v2/vpcs'))

  test('deletes ours alone', async () => {
    const api = await startMemberStub()
    expect(await remove()).toEqual([])
    expect(deleted(api)).toEqual(['DELETE /v2/vpcs/v'])
  })

  test('waits for a machine of ours that is in it', async () => {
    const api = await startMemberStub('do:droplet:7')
    const tags = [`kontena:master:${owner.master}`, 'kontena:grid:demo']
    api.answer('GET /v2/droplets/7', droplet(tags))
    await expect(remove()).rejects.toMatchObject({ code: 'BUSY' })
    expect(api.lines().filter((line) => line.startsWith('DELETE'))).toEqual([])
  })

  test('waits for a machine that is gone and still counted', async () => {
    await startMemberStub('do:droplet:7')
    await expect(remove()).rejects.toMatchObject({ code: 'BUSY' })
  })

  test.each([
    ['another machine', 'do:droplet:7'],
    ['a load balancer', 'do:loadbalancer:4de7ac8b'],
  ])('leaves it to %s that is in it', async (_, urn) => {
    const api = await startMemberStub(urn)
    api.answer('GET /v2/droplets/7', droplet(['team:blue']))
    expect(await remove()).toEqual(['VPC kontena-demo'])
    expect(deleted(api)).toEqual([])
  })

  test("leaves it where it is the region's default by now", async () => {
    const api = await startVpcStub({ ...own, default: true })
    api.answer('GET /v2/tags', { json: { tags: [] } })
    expect(await remove()).toEqual(['VPC kontena-demo'])
    expect(deleted(api)).toEqual([])
  })

  test.each([
    [403, 'forbidden'],
    [409, 'conflict'],
  ])('is busy where DigitalOcean finds a member after all, with %i', async (status, id) => {
    const api = await startMemberStub()
    api.answer('DELETE /v2/vpcs/v', problem(status, id, 'Can not delete VPC with members'))
    await expect(remove()).rejects.toMatchObject({ code: 'BUSY' })
  })

  test('is done where another command was quicker', async () => {
    const api = await startMemberStub()
    api.answer('GET /v2/vpcs/v/members', problem(404, 'not_found'))
    api.answer('DELETE /v2/vpcs/v', problem(404, 'not_found'))
    expect(await remove()).toEqual([])
  })
})
