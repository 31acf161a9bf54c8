import type { MachineOrder } from '@kontena/core'
import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { startApiStub } from './api-stub.ts'
import { useEnvironment } from './environment.ts'
import { call, type Flags, newOwner, openSession, orderOf } from './orders.ts'
import { ed25519Key } from './public-keys.ts'

let sandbox: Sandbox

beforeAll(async () => {
  sandbox = await startSandbox({ bootTime: 200, agents: 'none', dropletLimit: 5 })
})
afterAll(async () => {
  await sandbox.close()
})
beforeEach(() => useEnvironment(sandbox.environment()))
afterEach(() => {
  sandbox.faults.clear()
  vi.unstubAllEnvs()
})

const owner = newOwner()

async function check(flags: Flags = {}, order: Partial<MachineOrder> = {}) {
  return (await openSession(flags)).preflight(orderOf(owner, order), call)
}

test('a plan says what machines are made of, what they cost and what is made for them', async () => {
  const { facts, createCall, labels } = await check({}, { count: 3 })
  expect(facts).toEqual({
    image: 'Ubuntu 24.04 LTS (ubuntu-24-04-x64)',
    size: 's-1vcpu-2gb (1 vCPU, 2 GiB, 50 GB disk)',
    price: '$0.01786 an hour, $12 a month each; $0.05358 an hour, $36 a month for 3',
    network: expect.stringMatching(/^VPC kontena-demo-[0-9a-f]{8}-fra1 \(new\)$/),
    'ssh key': 'one that opens nothing (new): nobody can log in without --ssh-key',
    firewall: 'on each machine; a cloud firewall would drop ESP',
  })
  expect(createCall).toBe('POST /v2/droplets')
  expect(labels).toEqual(['type=s-1vcpu-2gb'])
})

test('what costs or shows more is in the plan', async () => {
  const machine = { ipv6: true, monitoring: true, backups: true, dropletAgent: true }
  const { facts } = await check({ machine })
  expect(facts.extras).toBe('IPv6, monitoring, web console, backups, whose charge comes on top')
  expect(facts.price).toBe('$0.01786 an hour, $12 a month')
})

test('spends and changes nothing', async () => {
  const before = sandbox.calls.all().length
  await check({}, { sshKeys: [ed25519Key] })
  const asked = sandbox.calls.all().slice(before)
  expect(asked.map(({ action }) => action).toSorted()).toEqual([
    'account.get',
    'droplets.list',
    'images.get',
    'keys.get',
    'keys.get',
    'regions.list',
    'sizes.list',
    'vpcs.list',
  ])
})

test('a plan tells of keys that reach the machines by the bootstrap', async () => {
  const { facts, warnings } = await check({}, { sshKeys: [ed25519Key] })
  expect(facts['ssh key']).toBe(
    'those of --ssh-key by the bootstrap, and one that opens nothing (new)',
  )
  expect(warnings).toEqual([])
})

describe('warns', () => {
  test("of a VPC that is not the grid's alone", async () => {
    const { facts, warnings, sharedCalls } = await check({ machine: { vpc: 'default-fra1' } })
    expect(facts.network).toBe('VPC default-fra1 (10.114.0.0/20)')
    expect(warnings).toContain(
      "all machines in VPC default-fra1, not only the grid's, reach the overlay's ports",
    )
    expect(sharedCalls).toEqual(['POST /v2/account/keys'])
  })

  test("of a region's default VPC, which is made first and stays", async () => {
    const { sharedCalls, warnings } = await check({ access: { region: 'tor1' } })
    expect(sharedCalls).toEqual([
      'POST /v2/vpcs default-tor1',
      expect.stringMatching(/^POST \/v2\/vpcs kontena-demo-/),
      'POST /v2/account/keys',
    ])
    expect(warnings[0]).toContain('VPC default-tor1 is made too and stays')
  })
})

describe('refuses', () => {
  test.each([
    ['an unknown size', { size: 's-1vcpu-3gb' }, 'NOT_FOUND', 's-1vcpu-2gb'],
    ['a size that is too small', { size: 's-1vcpu-512mb-10gb' }, 'BAD_OPTIONS', 's-1vcpu-1gb'],
    ['an unknown VPC', { vpc: 'defalt-fra1' }, 'NOT_FOUND', 'default-fra1'],
    ['a VPC of another region', { vpc: 'default-ams3' }, 'NOT_FOUND', 'default-fra1'],
    ['an unknown key', { accountKey: 'laptop' }, 'NOT_FOUND', 'there is no SSH key'],
  ])('%s', async (_, machine, code, hint) => {
    await expect(check({ machine })).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint),
    })
  })

  test('an unknown region, naming those that are like it', async () => {
    await expect(check({ access: { region: 'fra2' } })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'region fra2 does not exist',
      hint: expect.stringContaining('fra1'),
    })
  })

  test('a size that the region lacks, naming regions that have it', async () => {
    const flags = { access: { region: 'tor1' }, machine: { size: 'm-2vcpu-16gb' } }
    await expect(check(flags)).rejects.toMatchObject({
      code: 'NO_CAPACITY',
      message: 'size m-2vcpu-16gb is not available in tor1',
      hint: expect.stringContaining('fra1'),
    })
  })

  test('no region at all', async () => {
    vi.stubEnv('DIGITALOCEAN_REGION', undefined)
    await expect(check()).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: 'no region is set',
      hint: expect.stringMatching(/--region.*DIGITALOCEAN_REGION/),
    })
  })

  test('more machines than the account may have', async () => {
    await expect(check({}, { count: 5 })).resolves.toBeDefined()
    await expect(check({}, { count: 6 })).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: 'the account may have 5 droplets and has 0, so not 6 more',
    })
  })

  test('tags that DigitalOcean does not take, before it is asked', async () => {
    const before = sandbox.calls.all().length
    await expect(check({}, { tags: { team: 'light blue' } })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: 'team cannot be a tag on DigitalOcean',
    })
    expect(sandbox.calls.all()).toHaveLength(before)
  })

  test('a wrong token', async () => {
    await expect(check({ access: { token: 'dop_v1_wrong' } })).rejects.toMatchObject({
      code: 'BAD_CREDENTIALS',
    })
  })

  test('no token', async () => {
    vi.stubEnv('DIGITALOCEAN_ACCESS_TOKEN', undefined)
    await expect(check()).rejects.toMatchObject({ code: 'NO_CREDENTIALS' })
  })

  test('plain http to another computer', async () => {
    vi.stubEnv('DIGITALOCEAN_API_URL', 'http://192.0.2.1')
    await expect(check()).rejects.toMatchObject({ code: 'BAD_OPTIONS' })
  })

  test.each([
    ['account.get', 'account:read'],
    ['regions.list', 'regions:read'],
    ['sizes.list', 'sizes:read'],
    ['images.get', 'image:read'],
    ['vpcs.list', 'vpc:read'],
    ['keys.get', 'ssh_key:read'],
    ['droplets.list', 'droplet:read'],
  ])('a token that may not call %s, naming the scope', async (action, scope) => {
    sandbox.faults.add({ kind: 'unauthorized', action })
    await expect(check()).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining(scope),
    })
  })
})

describe('an account', () => {
  const account = { uuid: 'user', status: 'active', email_verified: true, droplet_limit: 10 }

  test.each([
    ['that is locked', { status: 'locked' }],
    ['whose address is not verified', { email_verified: false }],
  ])('%s has first to be put in order', async (_, changes) => {
    const api = await startApiStub()
    api.answer('GET /v2/account', { json: { account: { ...account, ...changes } } })
    await expect(check()).rejects.toMatchObject({
      code: 'ACCOUNT_NOT_READY',
      hint: expect.stringContaining('control panel'),
    })
  })

  test('with a warning is told of', async () => {
    const url = `${sandbox.url}/v2`
    const api = await startApiStub()
    api.answer('GET /v2/account', { json: { account: { ...account, status: 'warning' } } })
    const headers = { authorization: `Bearer ${sandbox.environment().DIGITALOCEAN_ACCESS_TOKEN}` }
    for (const path of ['regions', 'sizes', 'vpcs', 'droplets', 'images/ubuntu-24-04-x64']) {
      const answer = await fetch(`${url}/${path}?per_page=200`, { headers })
      api.answer(`GET /v2/${path}`, { json: await answer.json() })
    }
    expect((await check()).warnings).toEqual([
      'DigitalOcean has a warning for this account: see the control panel',
    ])
  })

  test('is the team, whoever of it asks, or else the user', async () => {
    const api = await startApiStub()
    api.answer(
      'GET /v2/account',
      { json: { account } },
      { json: { account: { ...account, team: { uuid: 'team', name: 'We' } } } },
    )
    const session = await openSession()
    expect(await session.account(call)).toEqual({ id: 'user', region: 'fra1', local: true })
    expect(await session.account(call)).toEqual({ id: 'team', region: 'fra1', local: true })
  })
})

test.each(['ubuntu-24.04', 'debian-12', 'debian-13'])('%s is there', async (image) => {
  const { facts } = await check({ machine: { image } })
  expect(facts.image).toMatch(/\((ubuntu|debian)-[0-9-]+-x64\)$/)
})
