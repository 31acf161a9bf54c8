import { describe, expect, test } from 'vitest'
import { type ApiStub, dropletJson, problem, type StubAnswer, startApiStub } from './api-stub.ts'
import { batchOf, call, newOwner, openSession } from './orders.ts'

const owner = newOwner()
const shared = { vpc: 'vpc-1', sshKeys: ['aa:bb'] }
const create = 'POST /v2/droplets'

const made = (...names: string[]): StubAnswer => ({
  status: 202,
  json: {
    droplets: names.map((name, index) => dropletJson(index + 1, { name, status: 'new' })),
    links: { actions: [] },
  },
})
const full = problem(422, 'unprocessable_entity', 'Size is not available in this region.')
const quota = problem(
  422,
  'unprocessable_entity',
  'creating this/these droplet(s) will exceed your droplet limit',
)

async function launch(
  changes: Parameters<typeof batchOf>[2] = {},
  machine: Readonly<Record<string, unknown>> = {},
) {
  return (await openSession({ machine })).create(batchOf(owner, shared, changes), call)
}

/** Names of each call that was made. */
const asked = (api: ApiStub) => api.sent(create).map((body) => Object(body).names)

test('a launch is one call that says all', async () => {
  const api = await startApiStub()
  api.answer(create, made('web-1', 'web-2'))
  const { machines, failure } = await launch({
    userData: Buffer.from('\ufeff## template: jinja\n#cloud-config\nhostname: "ä"\n'),
  })
  expect(failure).toBeUndefined()
  expect(machines.map(({ id, name, state }) => ({ id, name, state }))).toEqual([
    { id: '1', name: 'web-1', state: 'pending' },
    { id: '2', name: 'web-2', state: 'pending' },
  ])
  expect(api.sent(create)).toEqual([
    {
      names: ['web-1', 'web-2'],
      region: 'fra1',
      size: 's-1vcpu-2gb',
      image: 'ubuntu-24-04-x64',
      ssh_keys: ['aa:bb'],
      vpc_uuid: 'vpc-1',
      tags: [
        `kontena:master:${owner.master}`,
        'kontena:grid:demo',
        expect.stringMatching(/^kontena:order:/),
        expect.stringMatching(/^kontena:token:/),
        'team:blue',
      ],
      user_data: '\ufeff## template: jinja\n#cloud-config\nhostname: "ä"\n',
      backups: false,
      ipv6: false,
      monitoring: false,
      with_droplet_agent: false,
    },
  ])
})

test('the options of machines reach the call', async () => {
  const api = await startApiStub()
  api.answer(create, made('web-1', 'web-2'))
  await launch(
    {},
    {
      size: 'c-2',
      image: 'debian-13',
      backups: true,
      ipv6: true,
      monitoring: true,
      dropletAgent: true,
    },
  )
  expect(api.sent(create)).toEqual([
    expect.objectContaining({
      size: 'c-2',
      image: 'debian-13-x64',
      backups: true,
      ipv6: true,
      monitoring: true,
      with_droplet_agent: true,
    }),
  ])
})

test('fewer machines than asked are told, with why', async () => {
  const api = await startApiStub()
  api.answer(create, made('web-1'))
  const { machines, failure } = await launch()
  expect(machines).toHaveLength(1)
  expect(failure).toMatchObject({
    code: 'NO_CAPACITY',
    message: 'DigitalOcean made 1 of 2 machines in fra1',
  })
})

test.each([
  ['lost', { hangUp: true }],
  ['broken', { status: 202, text: '<html>' }],
  ['of another shape', { status: 202, json: { droplets: [{}] } }],
] as const)(
  'an answer that is %s may have made machines, and is not asked for again',
  async (_, reply) => {
    const api = await startApiStub()
    api.answer(create, reply)
    await expect(launch({ minimum: 'some' })).rejects.toMatchObject({
      code: 'UNAVAILABLE',
      message: expect.stringContaining('2 s-1vcpu-2gb machines in fra1'),
    })
    expect(api.sent(create)).toHaveLength(1)
  },
)

describe('where not all fit', () => {
  test('and all are wanted, it rejects after one call', async () => {
    const api = await startApiStub()
    api.answer(create, full)
    await expect(launch()).rejects.toMatchObject({ code: 'NO_CAPACITY' })
    expect(api.sent(create)).toHaveLength(1)
  })

  test('and some will do, it asks for one less each time', async () => {
    const api = await startApiStub()
    api.answer(create, full, full, made('a', 'b'))
    const { machines, failure } = await launch({ names: ['a', 'b', 'c', 'd'], minimum: 'some' })
    expect(machines).toHaveLength(2)
    expect(failure).toMatchObject({ code: 'NO_CAPACITY' })
    expect(asked(api)).toEqual([
      ['a', 'b', 'c', 'd'],
      ['a', 'b', 'c'],
      ['a', 'b'],
    ])
  })

  test("and the account's limit is why, it asks for as many as that leaves", async () => {
    const api = await startApiStub()
    api.answer('GET /v2/account', { json: { account: { uuid: 'u', droplet_limit: 10 } } })
    api.answer('GET /v2/droplets', { json: { droplets: [], meta: { total: 8 } } })
    api.answer(create, quota, made('a', 'b'))
    const names = ['a', 'b', 'c', 'd', 'e']
    const { machines, failure } = await launch({ names, minimum: 'some' })
    expect(machines).toHaveLength(2)
    expect(failure).toMatchObject({ code: 'QUOTA_EXCEEDED' })
    expect(asked(api)).toEqual([names, ['a', 'b']])
  })

  test("and the account's limit leaves none, it rejects", async () => {
    const api = await startApiStub()
    api.answer('GET /v2/account', { json: { account: { uuid: 'u', droplet_limit: 10 } } })
    api.answer('GET /v2/droplets', { json: { droplets: [], meta: { total: 10 } } })
    api.answer(create, quota)
    await expect(launch({ minimum: 'some' })).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' })
    expect(api.sent(create)).toHaveLength(1)
  })

  test('it asks no more once an answer is lost', async () => {
    const api = await startApiStub()
    api.answer(create, full, { hangUp: true })
    await expect(launch({ minimum: 'some' })).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(api.sent(create)).toHaveLength(2)
  })
})

test.each([
  ['SSH key', 'aa:bb are invalid key identifiers for Droplet creation.'],
  ['VPC', 'Failed to resolve VPC'],
])('a %s that vanished is busy, so that it is prepared again', async (what, text) => {
  const api = await startApiStub()
  api.answer(create, problem(422, 'unprocessable_entity', text))
  await expect(launch()).rejects.toMatchObject({
    code: 'BUSY',
    message: `DigitalOcean does not know the ${what} of grid demo`,
  })
})

test('user data that is no text is a bug, and nothing is asked', async () => {
  const api = await startApiStub()
  const userData = Uint8Array.of(0x1f, 0x8b, 0xff)
  await expect(launch({ userData })).rejects.toBeInstanceOf(TypeError)
  expect(api.requests).toEqual([])
})
