import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import {
  accountOf,
  answerUsualAccount,
  networkId,
  networkOf,
  serverOf,
  ubuntu,
} from './account-answers.ts'
import { call, newOwner, openSession, orderOf } from './orders.ts'
import { startUpcloudStub, type UpcloudStub } from './upcloud-stub.ts'

const owner = newOwner()
let stub: UpcloudStub

beforeEach(async () => {
  stub = await startUpcloudStub()
  answerUsualAccount(stub)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await stub.close()
})

async function check(
  machine: Record<string, unknown> = {},
  changes: Parameters<typeof orderOf>[1] = {},
  access: Record<string, unknown> = {},
) {
  const session = await openSession({ machine, access })
  return await session.preflight(orderOf(owner, changes), call)
}

const answerTemplates = (...storage: unknown[]) =>
  stub.answer('GET /storage/template', { body: { storages: { storage } } })
const answerPlans = (...plan: unknown[]) => stub.answer('GET /plan', { body: { plans: { plan } } })

describe('what a plan tells', () => {
  test('of a first machine', async () => {
    expect(await check()).toEqual({
      facts: {
        image: 'Ubuntu Server 24.04 LTS (Noble Numbat) (01000000-0000-4000-8000-000030240200)',
        plan: '1xCPU-2GB (1 core, 2 GiB, 50 GiB disk)',
        disk: "50 GiB maxiops, the plan's own",
        price: '0.0193 EUR an hour, each machine',
        network: `kontena-demo-${owner.master.slice(0, 8)}-fi-hel1 (new)`,
        firewall: "on each machine; UpCloud's own stays off",
      },
      sharedCalls: ['POST /1.3/network'],
      createCall: 'POST /1.3/server',
      labels: ['type=1xCPU-2GB'],
      warnings: [],
    })
    expect(stub.requests.every(({ method }) => method === 'GET')).toBe(true)
  })

  test('of a grid that has a network', async () => {
    stub.answer('GET /network/', { body: { networks: { network: [networkOf(owner)] } } })
    const { facts, sharedCalls } = await check()
    expect(facts.network).toContain(`(${networkId})`)
    expect(sharedCalls).toEqual([])
  })

  test('of a network of the user', async () => {
    stub.answer('GET /network/', {
      body: { networks: { network: [networkOf(undefined, { name: 'office' })] } },
    })
    const { facts, sharedCalls } = await check({ network: 'office' })
    expect(facts.network).toBe('office (yours, unchanged)')
    expect(sharedCalls).toEqual([])
  })

  test('of disks that are not the plan’s own', async () => {
    expect((await check({ storage: 80 })).facts.disk).toBe(
      '80 GiB maxiops, charged beside the plan',
    )
    const small = await check({ storage: 20 })
    expect(small.facts.disk).toBe("20 GiB maxiops, the plan's own")
    expect(small.warnings).toEqual(['plan 1xCPU-2GB includes 50 GiB of disk, of which 20 are used'])
  })

  test('of a plan without a disk', async () => {
    answerPlans({ name: '1xCPU-2GB', core_number: 1, memory_amount: 2048, storage_size: 0 })
    expect((await check()).facts).toMatchObject({
      plan: '1xCPU-2GB (1 core, 2 GiB)',
      disk: '20 GiB maxiops, charged beside the plan',
    })
  })

  test('without a price where these credentials may not see it, or there is none', async () => {
    stub.answer('GET /price', { error: 'ACTION_FORBIDDEN', status: 403 })
    expect((await check()).facts).not.toHaveProperty('price')
    stub.answer('GET /price', { body: { prices: { zone: [] } } })
    expect((await check()).facts).not.toHaveProperty('price')
  })

  test('of a trial account and of one without credit', async () => {
    stub.answer('GET /account', { body: { account: accountOf({ trial_mode: 1 }) } })
    expect((await check()).warnings).toEqual([expect.stringContaining('trial account')])
    stub.answer('GET /account', { body: { account: accountOf({ credits: 0 }) } })
    expect((await check()).warnings).toEqual(['the account has no credit left'])
  })
})

describe('what is wrong is told before anything is spent', () => {
  test.each([
    ['zone', {}, { zone: 'fi-hel9' }, 'zone fi-hel9 does not exist', 'there is fi-hel1, de-fra1'],
    ['plan', { plan: '1xCPU-3GB' }, {}, 'plan 1xCPU-3GB does not exist', 'there is 1xCPU-2GB'],
    ['image', { image: 'debian-13' }, {}, 'UpCloud has no template for debian-13', 'use another'],
    [
      'template',
      { template: 'mine' },
      {},
      'template mine does not exist in zone fi-hel1',
      'there is',
    ],
    ['network', { network: 'x' }, {}, 'network x does not exist in zone fi-hel1', 'there is no'],
  ])('an unknown %s', async (_, machine, access, message, hint) => {
    await expect(check(machine, {}, access)).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message,
      hint: expect.stringContaining(hint),
    })
  })

  test('no zone at all', async () => {
    await expect(check({}, {}, { zone: undefined })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: 'no UpCloud zone is set',
      hint: 'give --zone, as in --zone fi-hel1, or set UPCLOUD_ZONE',
    })
  })

  test('a disk that is smaller than what is cloned to it', async () => {
    answerTemplates({ ...ubuntu, size: 25 })
    await expect(check({ storage: 20 })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      hint: 'give --storage 25 or more',
    })
  })

  test.each<Record<string, string>>([
    { team: 'x'.repeat(256) },
    { 'kontena-grid': 'mine' },
    { 'Kontena-x': 'mine' },
    { x: 'one letter' },
    { 'a:b': 'colon' },
    { ['k'.repeat(33)]: 'long' },
  ])('a tag that cannot be a label: %j', async (tags) => {
    const [key] = Object.keys(tags)
    await expect(check({}, { tags })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: `${key} cannot be a label on UpCloud`,
    })
  })

  test.each([
    ['cores', { cores: 3 }, "2 more cores exceed the account's limit of 3, of which 2 are used"],
    ['memory', { memory: 5000 }, '4096 more MiB of memory exceed'],
    ['addresses', { public_ipv4: 2 }, '2 more public addresses exceed'],
    ['storage', { storage_maxiops: 99 }, '100 more GiB on maxiops exceed'],
    ['networks', { networks: 1 }, '1 more networks exceed'],
  ])('more than the account may have of %s', async (_, limits, message) => {
    const resource_limits = { ...accountOf().resource_limits, ...limits }
    stub.answer('GET /account', { body: { account: accountOf({ resource_limits }) } })
    const servers = ['00-a', '00-b'].map((uuid) => serverOf(newOwner(), { uuid }))
    stub.answer('GET /server/', { body: { servers: { server: servers } } })
    const address = { address: '198.51.100.1', access: 'public', family: 'IPv4' }
    stub.answer('GET /ip_address', { body: { ip_addresses: { ip_address: [address] } } })
    stub.answer('GET /network/', { body: { networks: { network: [networkOf(undefined)] } } })
    await expect(check({}, { count: 2 })).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: expect.stringContaining(message),
    })
  })

  test('nothing where the account tells no limits', async () => {
    stub.answer('GET /account', { body: { account: { username: 'anna' } } })
    await check({}, { count: 200 })
  })
})

describe('templates', () => {
  const native = { ...ubuntu, uuid: '01-native', template_type: 'native' }

  test('of a newer release are found by their title', async () => {
    answerTemplates({ ...ubuntu, uuid: '01-new', title: 'Ubuntu Server 24.04 LTS (newer)' })
    expect((await check()).facts.image).toContain('01-new')
  })

  test('run cloud-init, or are not taken', async () => {
    answerTemplates(native)
    await expect(check()).rejects.toMatchObject({ code: 'NOT_FOUND' })
    answerTemplates(native, ubuntu)
    expect((await check()).facts.image).toContain(ubuntu.uuid)
  })

  test('of the account do not stand in for those of UpCloud', async () => {
    answerTemplates({ ...ubuntu, uuid: '01-mine', access: 'private' })
    await expect(check()).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('of one’s own are named by uuid or title', async () => {
    const mine = { ...ubuntu, uuid: '01-mine', title: 'mine', access: 'private', zone: 'fi-hel1' }
    answerTemplates(ubuntu, mine)
    for (const template of ['01-mine', 'mine']) {
      expect((await check({ template })).facts.image).toBe('mine (01-mine)')
    }
    answerTemplates(mine, { ...mine, uuid: '01-other' })
    await expect(check({ template: 'mine' })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      hint: 'name one by its uuid: 01-mine, 01-other',
    })
    answerTemplates({ ...mine, zone: 'de-fra1' })
    await expect(check({ template: 'mine' })).rejects.toMatchObject({ code: 'NOT_FOUND' })
    answerTemplates({ ...mine, template_type: 'native' })
    await expect(check({ template: 'mine' })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: 'template mine does not run cloud-init',
    })
  })
})

test('a failure is not remembered', async () => {
  stub.answer(
    'GET /plan',
    { error: 'SERVICE_ERROR', status: 500 },
    { body: { plans: { plan: [] } } },
  )
  const session = await openSession()
  const checked = () => session.preflight(orderOf(owner), call)
  await expect(checked()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  await expect(checked()).rejects.toMatchObject({ code: 'NOT_FOUND' })
})

test('every request is let through by the budget first', async () => {
  let admitted = 0
  const rate = {
    admit: async () => {
      admitted += 1
    },
    learn: () => undefined,
    pause: () => undefined,
  }
  const session = await openSession({ rate })
  await session.preflight(orderOf(owner), call)
  await session.find({ owner }, call)
  expect(admitted).toBe(stub.requests.length)
  expect(admitted).toBeGreaterThan(8)
})
