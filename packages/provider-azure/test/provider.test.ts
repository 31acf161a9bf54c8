import { randomUUID } from 'node:crypto'
import type { ProviderSession } from '@kontena/core'
import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { useEnvironment } from './azure-environment.ts'
import {
  batchOf,
  call,
  newOwner,
  openSession,
  orderOf,
  patience,
  prepare,
  untilReady,
} from './orders.ts'

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
  await clean()
  vi.unstubAllEnvs()
})

/** Takes all away that a test made, as the kernel would. */
async function clean(): Promise<void> {
  await vi.waitFor(async () => {
    const left = (await session.find({ owner }, call)).filter(({ state }) => state !== 'gone')
    const ids = left.filter(({ state }) => state !== 'going').map(({ id }) => id)
    if (ids.length > 0) await session.terminate(ids, call)
    expect(left).toEqual([])
  }, patience)
  await untilReady(() => session.removeShared(owner, call))
}

/** Starts a batch in a grid that is prepared. */
async function create(changes: Parameters<typeof batchOf>[2] = {}) {
  const { shared } = await prepare(session, orderOf(owner))
  return session.create(batchOf(owner, shared, changes), call)
}

async function untilState(id: string, state: string) {
  return vi.waitFor(async () => {
    const [machine] = await session.find({ ids: [id] }, call)
    expect(machine?.state).toBe(state)
    return machine
  }, patience)
}

/** Everything in the simulated subscription that costs money or blocks a name. */
function leftovers(): string[] {
  const { azure } = sandbox
  return [
    azure.resourceGroups(),
    azure.virtualMachines(),
    azure.networkInterfaces(),
    azure.publicAddresses(),
    azure.disks(),
    azure.securityGroups(),
    azure.applicationGroups(),
    azure.virtualNetworks(),
  ].flatMap((things) => [...things].map(({ name }) => name))
}

test('an order leaves nothing behind once its machines and what they shared are removed', async () => {
  const planned = await session.preflight(orderOf(owner, { count: 2 }), call)
  expect(planned.sharedCalls).toEqual([
    'resourceGroups.createOrUpdate',
    'virtualNetworks.createOrUpdate',
    'applicationSecurityGroups.createOrUpdate',
    'networkSecurityGroups.createOrUpdate',
  ])
  expect(planned.labels).toEqual(['type=Standard_B2s'])
  expect(planned.warnings).toEqual([])
  expect(leftovers()).toEqual([])

  const { machines } = await create()
  const ids = machines.map(({ id }) => id)
  expect(machines.map(({ name, state }) => [name, state])).toEqual([
    ['web-1', 'pending'],
    ['web-2', 'pending'],
  ])
  await expect(session.removeShared(owner, call)).rejects.toMatchObject({ code: 'BUSY' })
  for (const id of ids) await untilState(id, 'running')

  const again = await session.preflight(orderOf(owner), call)
  expect(again.sharedCalls).toEqual([])
  expect(again.warnings).toEqual([])

  await clean()
  expect(leftovers()).toEqual([])
  await session.terminate([...ids, 'rg/never-was'], call)
  await session.removeShared(owner, call)
})

test('a machine is what was asked for', async () => {
  session = await openSession({ machine: { storage: 40, user: 'ops' } })
  const key = 'ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIGRyqhmCTEFqGNYrFrIiBMCUCLBCaW5Jm3F4PbYpGJyC me'
  const { machines } = await create({ names: ['web-1'], zone: 'westeurope-2', sshKeys: [key] })
  const machine = await untilState(machines[0]?.id ?? '', 'running')
  expect(machine).toMatchObject({
    name: 'web-1',
    zone: 'westeurope-2',
    owner,
    order: '01JD0000000000000000000000',
    type: 'Standard_B2s',
    publicAddress: expect.stringMatching(/^\d+\.\d+\.\d+\.\d+$/),
    privateAddress: expect.stringMatching(/^10\.64\./),
    launchIndex: undefined,
    reason: undefined,
  })
  const [vm] = sandbox.azure.virtualMachines()
  expect(vm).toMatchObject({ computerName: 'web-1', adminUsername: 'ops', zones: ['2'] })
  expect(vm?.sshKeys).toEqual([key])
  expect(vm?.tags).toMatchObject({ team: 'blue "sky" é', 'kontena:node': 'web-1' })
  expect(vm?.image).toMatch(/^Canonical:ubuntu-24_04-lts:server:24\.04\./)
  expect(sandbox.azure.disks()[0]).toMatchObject({ sizeGb: 40 })
  for (const { tags } of [
    ...sandbox.azure.networkInterfaces(),
    ...sandbox.azure.publicAddresses(),
  ]) {
    expect(tags).toMatchObject({ 'kontena:grid': owner.grid, 'kontena:master': owner.master })
  }
})

test('a batch is one changing request, and a look is as many for many machines as for one', async () => {
  const { shared } = await prepare(session, orderOf(owner))
  const before = sandbox.calls.all().length
  const names = Array.from({ length: 5 }, (_, index) => `web-${index + 1}`)
  const { machines } = await session.create(batchOf(owner, shared, { names }), call)
  const made = sandbox.calls.all().slice(before)
  expect(made.map(({ action }) => action)).toContain('deployments.createOrUpdate')
  expect(made.length).toBeLessThanOrEqual(2)
  for (const { id } of machines) await untilState(id, 'running')
  const counts = []
  for (const ids of [machines.slice(0, 1), machines]) {
    const start = sandbox.calls.all().length
    await session.find({ ids: ids.map(({ id }) => id) }, call)
    counts.push(sandbox.calls.all().length - start)
  }
  expect(counts).toEqual([6, 6])
})

describe('a create call', () => {
  test('whose answer was lost gives the same machines when it is repeated', async () => {
    const { shared } = await prepare(session, orderOf(owner))
    const batch = batchOf(owner, shared)
    sandbox.faults.add({
      kind: 'timeout-after-commit',
      action: 'deployments.createOrUpdate',
      times: 1,
    })
    await expect(session.create(batch, call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    const { machines } = await session.create(batch, call)
    expect(machines).toHaveLength(2)
    const found = await session.find({ owner, order: batch.order }, call)
    expect(found.map(({ id }) => id).toSorted()).toEqual(machines.map(({ id }) => id).toSorted())
    expect(found.map(({ token }) => token)).toEqual([batch.token, batch.token])
    for (const { id } of machines) await untilState(id, 'running')
    expect((await session.create(batch, call)).machines).toHaveLength(2)
    expect(sandbox.azure.virtualMachines()).toHaveLength(2)
  })

  test('for what was taken away since asks to prepare again', async () => {
    const { shared } = await prepare(session, orderOf(owner))
    await untilReady(() => session.removeShared(owner, call))
    const batch = batchOf(owner, shared)
    await expect(session.create(batch, call)).rejects.toMatchObject({ code: 'BUSY' })
  })

  test('of another token is another machine, though the node is the same', async () => {
    const { machines: first } = await create({ names: ['web-1'] })
    const { machines: second } = await create({ names: ['web-1'] })
    expect(second[0]?.id).not.toBe(first[0]?.id)
  })
})

test('machines show before Azure lists any part of them', async () => {
  const { machines } = await create()
  const found = await session.find({ owner }, call)
  expect(found.map(({ id, state }) => [id, state]).toSorted()).toEqual(
    machines.map(({ id }) => [id, 'pending']).toSorted(),
  )
})

test('a machine that another command has just taken away is gone, however new it was', async () => {
  const { machines } = await create()
  const [first = '', second = ''] = machines.map(({ id }) => id)
  for (const id of [first, second]) await untilState(id, 'running')
  await session.terminate([first], call)
  await untilState(first, 'gone')
  const found = await (await openSession()).find({ owner }, call)
  expect(found.map(({ id, state }) => [id, state]).toSorted()).toEqual(
    [
      [first, 'gone'],
      [second, 'running'],
    ].toSorted(),
  )
})

test('two masters with grids of one name know nothing of each other', async () => {
  const other = newOwner(owner.grid)
  await create({ names: ['one'] })
  expect(await session.find({ owner: other }, call)).toEqual([])
  await session.removeShared(other, call)
  expect(await session.find({ owner }, call)).toHaveLength(1)
})

test('a machine that never came to run is told with its reason, and leaves nothing', async () => {
  sandbox.faults.add({ kind: 'boot-failure', times: 1 })
  const { machines } = await create({ names: ['one'] })
  const machine = await untilState(machines[0]?.id ?? '', 'failed')
  expect(machine?.reason).toBeTruthy()
  await clean()
  expect(leftovers()).toEqual([])
})

test('a machine can be terminated while it is still being made', async () => {
  const { machines } = await create({ names: ['one'] })
  const ids = machines.map(({ id }) => id)
  await untilReady(() => session.terminate(ids, call))
  await clean()
  expect(leftovers()).toEqual([])
})

test('of a batch that is still being made, one machine is not taken from the others', async () => {
  const { machines } = await create({ names: ['one', 'two'] })
  const [first] = machines
  const found = await session.find({ owner }, call)
  expect(found).toHaveLength(2)
  await untilReady(() => session.terminate([first?.id ?? ''], call))
  await vi.waitFor(async () => {
    const states = new Map(
      (await session.find({ owner }, call)).map(({ name, state }) => [name, state]),
    )
    expect(states.get('one') ?? 'gone').toBe('gone')
    expect(states.get('two')).toBe('running')
  }, patience)
})

test('the console of a machine can be read, also where there is none yet', async () => {
  sandbox.faults.add({ kind: 'boot-console', text: 'no route to the master', times: 1 })
  const { machines } = await create({ names: ['one'] })
  const id = machines[0]?.id ?? ''
  expect(await session.consoleLog?.('rg/never-was', call).catch(() => undefined)).toBeUndefined()
  await untilState(id, 'running')
  await vi.waitFor(async () => {
    expect(await session.consoleLog?.(id, call)).toContain('no route to the master')
  }, patience)
})

test('a machine can be restarted', async () => {
  const { machines } = await create({ names: ['web-1'] })
  const id = machines[0]?.id ?? ''
  await untilState(id, 'running')
  await expect(session.restart?.([id], call)).resolves.toBeUndefined()
  await untilState(id, 'running')
})

test('an account is the subscription and the location, on this computer here', async () => {
  expect(await session.account(call)).toEqual({
    id: process.env.AZURE_SUBSCRIPTION_ID,
    region: 'westeurope',
    local: true,
  })
  const named = await openSession({ access: { location: 'West Europe' } })
  expect((await named.account(call)).region).toBe('westeurope')
})

test.each(['ubuntu-24.04', 'debian-12', 'debian-13'])(
  '%s is found for both architectures',
  async (image) => {
    for (const [size, architecture] of [
      ['Standard_B2s', 'amd64'],
      ['Standard_B2pts_v2', 'arm64'],
    ]) {
      const opened = await openSession({ machine: { image, size } })
      const { facts } = await opened.preflight(orderOf(owner), call)
      expect(facts.size).toContain(architecture)
      expect(facts.image).toMatch(architecture === 'arm64' ? /-arm64:/ : /:(server|1[23]-gen2):/)
    }
  },
)

describe('a preflight refuses', () => {
  const check = async (machine: Record<string, unknown>, access: Record<string, unknown> = {}) => {
    const opened = await openSession({ machine, access })
    return opened.preflight(orderOf(owner), call)
  }

  test.each([
    ['an unknown size', { size: 'Standard_B2z' }, 'NOT_FOUND', 'Standard_B2s'],
    ['an unknown group', { resourceGroup: 'nobodys' }, 'NOT_FOUND', 'there is'],
    ['an unknown network', { network: 'nobodys' }, 'NOT_FOUND', 'there is'],
    ['a subnet of no network', { subnet: 'nobodys' }, 'BAD_OPTIONS', '--network'],
    ['an unknown image', { imageUrn: 'Debian:debian-13:nothing' }, 'NOT_FOUND', 'az vm image list'],
    [
      'an unknown version',
      { imageUrn: 'Debian:debian-13:13-gen2:0.1' },
      'NOT_FOUND',
      'az vm image',
    ],
    [
      'an image of another architecture',
      { imageUrn: 'Debian:debian-13:13-arm64' },
      'BAD_OPTIONS',
      'image for amd64',
    ],
  ])('%s', async (_, machine, code, hint) => {
    await expect(check(machine)).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint),
    })
  })

  test('a subscription that these credentials do not see', async () => {
    const access = { subscriptionId: randomUUID() }
    await expect(check({}, access)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  })

  test('a location that is not there', async () => {
    await expect(check({}, { location: 'westeurop' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'location westeurop does not exist',
      hint: expect.stringMatching(/^there is westeurope,/),
    })
  })

  test('no location at all, with the flag and the variable to set', async () => {
    vi.stubEnv('AZURE_LOCATION', undefined)
    await expect(check({})).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      hint: expect.stringMatching(/--location.*AZURE_LOCATION/),
    })
  })

  test.each(['resourceGroups.get', 'resourceSkus.list', 'usage.list'])(
    'credentials without the right to %s',
    async (action) => {
      sandbox.faults.add({ kind: 'unauthorized', action })
      await expect(check({})).rejects.toMatchObject({ code: 'ACCESS_DENIED' })
    },
  )
})
