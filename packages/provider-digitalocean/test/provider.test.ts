import type { Owner, ProviderSession } from '@kontena/core'
import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { useEnvironment } from './environment.ts'
import { batchOf, call, newOwner, openSession, orderOf } from './orders.ts'

let sandbox: Sandbox
let session: ProviderSession
let owner: Owner

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
  await clean(owner)
  vi.unstubAllEnvs()
})
const patience = { timeout: 10_000, interval: 50 }

async function clean(whose: Owner): Promise<void> {
  await vi.waitFor(async () => {
    const left = await session.find({ owner: whose }, call)
    if (left.length === 0) return
    await session.terminate(
      left.map(({ id }) => id),
      call,
    )
    throw new Error('machines are still there')
  }, patience)
  await vi.waitFor(() => session.removeShared(whose, call), patience)
}

/** Starts a batch in a grid that is prepared. */
async function create(changes: Parameters<typeof batchOf>[2] = {}) {
  const { shared } = await session.prepare(orderOf(owner), call)
  return session.create(batchOf(owner, shared, changes), call)
}

async function untilState(id: string, state: string) {
  return vi.waitFor(async () => {
    const [machine] = await session.find({ ids: [id] }, call)
    expect(machine?.state).toBe(state)
    return machine
  }, patience)
}

/** What an account has from the start, and keeps. */
const ownThings = () => ({
  droplets: sandbox.digitalocean.droplets(),
  vpcs: sandbox.digitalocean.vpcs().filter(({ isDefault }) => !isDefault),
  keys: sandbox.digitalocean.keys(),
  tags: sandbox.digitalocean.tags(),
  firewalls: sandbox.digitalocean.firewalls(),
})

test('an order leaves nothing behind once its machines and what they shared are removed', async () => {
  const first = await session.preflight(orderOf(owner, { count: 2 }), call)
  expect(first.sharedCalls).toEqual([
    expect.stringMatching(/^POST \/v2\/vpcs kontena-demo-[0-9a-f]{8}-fra1$/),
    'POST /v2/account/keys',
  ])
  expect(ownThings()).toEqual({ droplets: [], vpcs: [], keys: [], tags: [], firewalls: [] })

  const { machines, failure } = await create({ tags: {} })
  expect(failure).toBeUndefined()
  expect(machines.map(({ name }) => name)).toEqual(['web-1', 'web-2'])
  const ids = machines.map(({ id }) => id)
  for (const id of ids) await untilState(id, 'running')
  await expect(session.removeShared(owner, call)).rejects.toMatchObject({ code: 'BUSY' })

  const again = await session.preflight(orderOf(owner, { count: 2 }), call)
  expect(again.sharedCalls).toEqual([])

  await session.terminate(ids, call)
  await session.terminate(ids, call)
  expect((await session.find({ ids }, call)).map(({ state }) => state)).toEqual(['going', 'going'])
  await vi.waitFor(
    async () => expect(await session.find({ ids, owner }, call)).toEqual([]),
    patience,
  )
  await session.terminate([...ids, '1'], call)
  expect(await session.removeShared(owner, call)).toEqual([])
  expect(await session.removeShared(owner, call)).toEqual([])
  expect(ownThings()).toEqual({ droplets: [], vpcs: [], keys: [], tags: [], firewalls: [] })
})

test('a batch is one call, with the tags that say whose it is', async () => {
  const before = sandbox.calls.all().length
  const { shared, network } = await session.prepare(orderOf(owner), call)
  const batch = batchOf(owner, shared, { names: Array.from({ length: 10 }, (_, i) => `web-${i}`) })
  const { machines } = await session.create(batch, call)
  const made = sandbox.calls
    .all()
    .slice(before)
    .filter(({ action }) => action === 'droplets.create')
  expect(made).toHaveLength(1)
  expect(machines).toHaveLength(10)
  const [droplet] = sandbox.digitalocean.droplets()
  expect(droplet?.tags.toSorted()).toEqual([
    'kontena:grid:demo',
    `kontena:master:${owner.master}`,
    expect.stringMatching(new RegExp(`^kontena:order:[0-9a-f]{8}:${batch.order}$`)),
    expect.stringMatching(new RegExp(`^kontena:token:[0-9a-f]{8}:${batch.token}$`)),
    'team:blue',
  ])
  const vpc = sandbox.digitalocean.vpcs().find(({ id }) => id === droplet?.vpcId)
  expect(network).toEqual([vpc?.range])
  expect(vpc).toMatchObject({ region: 'fra1', isDefault: false })
})

test('machines are found by their order, their owner and their ids, with addresses', async () => {
  const { machines } = await create()
  const [one] = machines
  const running = await untilState(one?.id ?? '', 'running')
  expect(running).toMatchObject({
    name: 'web-1',
    zone: 'fra1',
    owner,
    order: '01JD0000000000000000000000',
    token: expect.stringMatching(/^01JD0000000000000000000000-/),
    type: 's-1vcpu-2gb',
    publicAddress: expect.stringMatching(/^198\.19\./),
    privateAddress: expect.stringMatching(/^10\./),
  })
  const ids = machines.map(({ id }) => id)
  const found = async (query: Parameters<ProviderSession['find']>[0]) =>
    (await session.find(query, call)).map(({ id }) => id).toSorted()
  expect(await found({ owner, order: '01JD0000000000000000000000' })).toEqual(ids.toSorted())
  expect(await found({ owner, order: '01JD9999999999999999999999' })).toEqual([])
  expect(await found({ owner })).toEqual(ids.toSorted())
  expect(await found({ ids: [...ids, '1', 'i-0123'], owner })).toEqual(ids.toSorted())
})

test('a call whose answer was lost is found by its order, with the names it had', async () => {
  const { shared } = await session.prepare(orderOf(owner), call)
  const batch = batchOf(owner, shared)
  sandbox.faults.add({ kind: 'timeout-after-commit', action: 'droplets.create', times: 1 })
  await expect(session.create(batch, call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  const found = await session.find({ owner, order: batch.order }, call)
  expect(found.map(({ name, token }) => ({ name, token }))).toEqual([
    { name: 'web-1', token: batch.token },
    { name: 'web-2', token: batch.token },
  ])
})

describe('a batch for which there is not room for all', () => {
  test('makes nothing, or what there is room for', async () => {
    sandbox.faults.add({ kind: 'no-capacity', zone: 'fra1', after: 3 })
    const names = ['web-1', 'web-2', 'web-3', 'web-4', 'web-5']
    await expect(create({ names })).rejects.toMatchObject({ code: 'NO_CAPACITY' })
    expect(await session.find({ owner }, call)).toEqual([])
    const { machines, failure } = await create({ names, minimum: 'some' })
    expect(machines.map(({ name }) => name)).toEqual(['web-1', 'web-2', 'web-3'])
    expect(failure).toMatchObject({ code: 'NO_CAPACITY' })
  })

  test('rejects where not even one fits', async () => {
    sandbox.faults.add({ kind: 'no-capacity', zone: 'fra1', after: 0 })
    await expect(create({ minimum: 'some' })).rejects.toMatchObject({ code: 'NO_CAPACITY' })
  })
})

test('what machines share and vanished asks to prepare again', async () => {
  const { shared } = await session.prepare(orderOf(owner), call)
  await session.removeShared(owner, call)
  const batch = batchOf(owner, shared)
  await expect(session.create(batch, call)).rejects.toMatchObject({
    code: 'BUSY',
    message: expect.stringContaining('SSH key of grid demo'),
  })
  const { shared: again } = await session.prepare(orderOf(owner), call)
  const inOldVpc = { ...again, vpc: '00000000-0000-0000-0000-000000000000' }
  await expect(session.create(batchOf(owner, inOldVpc), call)).rejects.toMatchObject({
    code: 'BUSY',
    message: expect.stringContaining('VPC of grid demo'),
  })
})

test('grids of two masters with one name know nothing of each other', async () => {
  const other = newOwner(owner.grid)
  const { machines } = await create({ names: ['one'] })
  await session.prepare(orderOf(other), call)
  expect(await session.find({ owner: other }, call)).toEqual([])
  await session.removeShared(other, call)
  expect((await session.find({ owner }, call)).map(({ id }) => id)).toEqual(
    machines.map(({ id }) => id),
  )
  expect(ownThings().vpcs).toHaveLength(1)
  expect(ownThings().keys).toHaveLength(1)
})

test('machines of another region are not shown', async () => {
  const { machines } = await create({ names: ['one'] })
  const elsewhere = await openSession({ access: { region: 'ams3' } })
  expect(await elsewhere.find({ owner }, call)).toEqual([])
  expect(await elsewhere.find({ ids: machines.map(({ id }) => id) }, call)).toEqual([])
  expect(await elsewhere.removeShared(owner, call)).toEqual([])
  expect(await session.find({ owner }, call)).toHaveLength(1)
})

test('a machine that is still being made is busy, and goes later', async () => {
  const { machines } = await create({ names: ['one'] })
  const [id = ''] = machines.map((machine) => machine.id)
  await expect(session.terminate([id, '1'], call)).rejects.toMatchObject({
    code: 'BUSY',
    message: `machine ${id} is in use or changing`,
  })
  await untilState(id, 'running')
  await session.terminate([id], call)
})

test('a machine restarts, also one that is off', async () => {
  const { machines } = await create({ names: ['one'] })
  const [id = ''] = machines.map((machine) => machine.id)
  await untilState(id, 'running')
  await session.restart?.([id], call)
  expect(sandbox.digitalocean.droplets()[0]?.event).toBe('reboot')
  await vi.waitFor(
    () => expect(sandbox.digitalocean.droplets()[0]?.event).toBeUndefined(),
    patience,
  )
  const url = `${sandbox.url}/v2/droplets/${id}/actions`
  const headers = {
    authorization: `Bearer ${process.env.DIGITALOCEAN_ACCESS_TOKEN}`,
    'content-type': 'application/json',
  }
  await fetch(url, { method: 'POST', headers, body: JSON.stringify({ type: 'power_off' }) })
  expect((await untilState(id, 'stopped'))?.reason).toBe('its status is off')
  await session.restart?.([id], call)
  expect(sandbox.digitalocean.droplets()[0]?.event).toBe('power_on')
  await untilState(id, 'running')
})

test('a machine that came up nowhere is listed no more', async () => {
  sandbox.faults.add({ kind: 'boot-failure', times: 1 })
  const { machines } = await create({ names: ['one'] })
  const ids = machines.map(({ id }) => id)
  await vi.waitFor(
    async () => expect(await session.find({ ids, owner }, call)).toEqual([]),
    patience,
  )
})

test('a new machine that no list shows yet is found by nothing, and hides none of the others', async () => {
  const late = await startSandbox({ bootTime: 200, consistencyDelay: 400, agents: 'none' })
  try {
    useEnvironment(late.environment())
    session = await openSession()
    const { machines } = await create({ names: ['one'] })
    expect(await session.find({ owner }, call)).toEqual([])
    await vi.waitFor(async () => {
      expect(await session.find({ owner }, call)).toHaveLength(1)
    }, patience)
    await untilState(machines[0]?.id ?? '', 'running')
  } finally {
    await late.close()
    useEnvironment(sandbox.environment())
    session = await openSession()
  }
})
