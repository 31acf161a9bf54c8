import type { MachineBatch, ProviderSession } from '@kontena/core'
import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { openUpcloudClient } from '@kontena/upcloud-api'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { batchOf, call, newOwner, openSession, order, orderOf } from './orders.ts'
import { useEnvironment } from './upcloud-environment.ts'

let sandbox: Sandbox
let session: ProviderSession
let owner: ReturnType<typeof newOwner>

beforeAll(async () => {
  sandbox = await startSandbox({ bootTime: 200, agents: 'none' })
})
afterAll(async () => {
  await sandbox.close()
})
beforeEach(async () => {
  useEnvironment(sandbox.environment())
  owner = newOwner()
  session = await openSession()
})
afterEach(async () => {
  sandbox.faults.clear()
  await takeAllAway()
  expect(sandbox.upcloud.storages()).toEqual([])
  expect(sandbox.upcloud.networks()).toEqual([])
  vi.unstubAllEnvs()
})
const patience = { timeout: 10_000, interval: 20 }

async function takeAllAway(): Promise<void> {
  await vi.waitFor(async () => {
    const left = await session.find({ owner }, call)
    if (left.length === 0) return
    const mine = left.filter(({ state }) => state !== 'going').map(({ id }) => id)
    await session.terminate(mine, call)
    throw new Error('machines are still there')
  }, patience)
  await vi.waitFor(() => session.removeShared(owner, call), patience)
}

/** Starts a machine in a grid that is prepared. */
async function create(changes: Partial<MachineBatch> = {}) {
  const { shared } = await session.prepare(orderOf(owner), call)
  const { machines } = await session.create(batchOf(owner, shared, changes), call)
  return machines
}

async function untilState(id: string, state: string) {
  return vi.waitFor(async () => {
    const [machine] = await session.find({ ids: [id], owner }, call)
    expect(machine?.state).toBe(state)
    return machine
  }, patience)
}

test('an order leaves nothing behind once its machine and its network are removed', async () => {
  const before = await session.preflight(orderOf(owner), call)
  expect(before.sharedCalls).toEqual(['POST /1.3/network'])
  expect(before.warnings).toEqual([])
  expect(sandbox.upcloud.networks()).toEqual([])

  const { shared, network } = await session.prepare(orderOf(owner), call)
  expect(network).toEqual(sandbox.upcloud.networks().map(({ range }) => range))
  const batch = batchOf(owner, shared)
  const { machines } = await session.create(batch, call)
  const [made] = machines
  expect(made).toMatchObject({
    name: 'web-1',
    state: 'pending',
    zone: 'fi-hel1',
    owner,
    order,
    token: batch.token,
    type: '1xCPU-2GB',
    publicAddress: expect.stringMatching(/^\d+\./),
    privateAddress: expect.stringMatching(/^(172\.16|192\.168)\./),
  })
  const id = made?.id ?? ''
  await untilState(id, 'running')
  expect(await session.find({ owner, order }, call)).toMatchObject([{ id, name: 'web-1' }])
  expect(await session.find({ owner, order: 'another' }, call)).toEqual([])
  await expect(session.removeShared(owner, call)).rejects.toMatchObject({ code: 'BUSY' })
  expect((await session.preflight(orderOf(owner), call)).sharedCalls).toEqual([])

  await takeAllAway()
  await session.terminate([id], call)
  await session.removeShared(owner, call)
  expect(sandbox.upcloud.servers()).toEqual([])
})

test('a server is made as a node wants it', async () => {
  const [made] = await create({ sshKeys: ['ssh-ed25519 AAAA me'] })
  const [server] = sandbox.upcloud.servers()
  expect(server).toMatchObject({
    uuid: made?.id,
    title: 'web-1',
    hostname: 'web-1',
    hasMetadata: true,
    firewall: 'off',
    sshKeys: ['ssh-ed25519 AAAA me'],
    userData: '#cloud-config\nhostname: wéb\n',
    labels: {
      'kontena-master': owner.master,
      'kontena-grid': 'demo',
      'kontena-order': order,
      'kontena-node': 'web-1',
      team: 'blue "sky" é',
    },
  })
  expect(server?.networkIds).toContain(sandbox.upcloud.networks()[0]?.uuid)
  expect(sandbox.upcloud.storages()).toMatchObject([
    { size: 50, tier: 'maxiops', title: expect.stringMatching(/^web-1 kontena-[0-9a-f-]{26}$/) },
  ])
})

test('a machine that nobody may log in to has a key that nobody has, one for a session', async () => {
  await create({ names: ['web-1'] })
  await create({ names: ['web-2'] })
  const keys = sandbox.upcloud.servers().flatMap(({ sshKeys }) => sshKeys)
  expect(keys).toHaveLength(2)
  expect(new Set(keys).size).toBe(1)
  expect(keys[0]).toMatch(/^ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAI[A-Za-z0-9+/]{43} nobody$/)
})

describe('a create call', () => {
  test('that committed and got no answer is told as unknown, and its machine found', async () => {
    const { shared } = await session.prepare(orderOf(owner), call)
    const batch = batchOf(owner, shared)
    sandbox.faults.add({ kind: 'timeout-after-commit', action: 'server.create', times: 1 })
    await expect(session.create(batch, call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    expect(await session.find({ owner, order }, call)).toMatchObject([
      { name: 'web-1', token: batch.token, publicAddress: expect.any(String) },
    ])
  })

  test('in a zone without room is told so', async () => {
    sandbox.faults.add({ kind: 'no-capacity', zone: 'fi-hel1' })
    await expect(create()).rejects.toMatchObject({
      code: 'NO_CAPACITY',
      message:
        'UpCloud has no room left for server web-1, 1xCPU-2GB in fi-hel1 (SERVER_RESOURCES_UNAVAILABLE)',
    })
  })

  test('for a network that vanished asks to prepare again', async () => {
    const { shared } = await session.prepare(orderOf(owner), call)
    await session.removeShared(owner, call)
    await expect(session.create(batchOf(owner, shared), call)).rejects.toMatchObject({
      code: 'BUSY',
    })
  })

  test('of another zone is refused', async () => {
    await expect(create({ zone: 'de-fra1' })).rejects.toMatchObject({ code: 'BAD_OPTIONS' })
  })
})

test('a machine that fails at boot is told as failed, with a reason, and can be taken away', async () => {
  sandbox.faults.add({ kind: 'boot-failure', times: 1 })
  const [made] = await create()
  const machine = await untilState(made?.id ?? '', 'failed')
  expect(machine?.reason).toBe('UpCloud reports an error of the server')
})

test('a disk that somebody left without its server is seen, and taken away like a machine', async () => {
  const [made] = await create()
  const id = made?.id ?? ''
  await untilState(id, 'running')
  const { UPCLOUD_TOKEN: token = '' } = sandbox.environment()
  const { servers } = openUpcloudClient({ token, baseUrl: sandbox.url })
  await servers.stop(id, { type: 'hard' })
  await untilState(id, 'stopped')
  await servers.delete(id)
  await vi.waitFor(async () => {
    expect(await session.find({ ids: [id], owner }, call)).toEqual([])
  }, patience)
  const [disk] = sandbox.upcloud.storages()
  expect(await (await openSession()).find({ owner, order }, call)).toMatchObject([
    { id: disk?.uuid, name: 'web-1', state: 'failed', owner, order },
  ])
})

test('grids of two masters with one name know nothing of each other', async () => {
  const other = newOwner(owner.grid)
  await create()
  expect(await session.find({ owner: other }, call)).toEqual([])
  await session.removeShared(other, call)
  expect(await session.find({ owner }, call)).toHaveLength(1)
  expect(sandbox.upcloud.networks()).toHaveLength(1)
})

test('machines of another zone are not this region', async () => {
  await create()
  const elsewhere = await openSession({ access: { zone: 'de-fra1' } })
  expect(await elsewhere.find({ owner }, call)).toEqual([])
})

test('a restarted machine runs again', async () => {
  const [made] = await create()
  const id = made?.id ?? ''
  await untilState(id, 'running')
  await session.restart?.([id], call)
  await vi.waitFor(() => {
    expect(sandbox.upcloud.servers()[0]?.state).not.toBe('started')
  }, patience)
  await untilState(id, 'running')
})

test('a new machine that UpCloud does not show yet is absent, and its disk is not lost', async () => {
  const late = await startSandbox({ bootTime: 100, agents: 'none', consistencyDelay: 400 })
  try {
    useEnvironment(late.environment())
    session = await openSession()
    const [made] = await create()
    expect(await session.find({ ids: [made?.id ?? ''], owner }, call)).toEqual([])
    expect(await session.find({ owner }, call)).toEqual([])
    await untilState(made?.id ?? '', 'running')
    await takeAllAway()
  } finally {
    await late.close()
    useEnvironment(sandbox.environment())
    session = await openSession()
  }
})

test('the account is known by its name, and what runs on loopback as local', async () => {
  expect(await session.account(call)).toEqual({ id: 'sandbox', region: 'fi-hel1', local: true })
  expect(await session.zones(call)).toEqual([{ name: 'fi-hel1' }])
})

test('a name and password do as well as a token', async () => {
  const { UPCLOUD_TOKEN: password = '', ...rest } = sandbox.environment()
  useEnvironment({ ...rest, UPCLOUD_USERNAME: 'sandbox', UPCLOUD_PASSWORD: password })
  expect((await (await openSession()).account(call)).id).toBe('sandbox')
})

describe('what people are asked has choices', () => {
  const choose = async (option: string) =>
    (await session.choices?.({ option, given: {} }, call)) ?? []

  test('of zones', async () => {
    expect(await choose('zone')).toContainEqual({
      value: 'fi-hel1',
      label: 'fi-hel1 (Helsinki #1)',
    })
  })

  test('of plans, cheapest first, with their prices', async () => {
    const plans = await choose('plan')
    expect(plans[0]).toEqual({
      value: 'DEV-1xCPU-1GB-10GB',
      label: 'DEV-1xCPU-1GB-10GB (1 core, 1 GiB, 10 GiB disk)',
      hint: '0.0045 EUR an hour',
    })
    expect(plans.map(({ value }) => value)).toContain('1xCPU-2GB')
  })

  test('of images', async () => {
    expect((await choose('image')).map(({ value }) => value)).toEqual([
      'ubuntu-24.04',
      'debian-13',
      'debian-12',
    ])
  })

  test('of networks', async () => {
    await session.prepare(orderOf(owner), call)
    expect(await choose('network')).toMatchObject([
      {
        label: `kontena-demo-${owner.master.slice(0, 8)}-fi-hel1`,
        hint: expect.stringContaining('/22'),
      },
    ])
  })

  test('of nothing else', async () => {
    expect(await choose('token')).toEqual([])
  })
})
