import type { ProviderSession } from '@kontena/core'
import { networkPolicy } from '@kontena/core'
import { type Sandbox, startSandbox } from '@kontena/sandbox'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from 'vitest'
import { sharedName } from '../src/names.ts'
import { type ArmClient, openArmClient } from './arm-client.ts'
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

const location = 'westeurope'
const foreign = '/resourceGroups/foreign'
const foreignNetwork = `${foreign}/providers/Microsoft.Network/virtualNetworks/office`

let sandbox: Sandbox
let arm: ArmClient
let session: ProviderSession
let owner: ReturnType<typeof newOwner>

beforeAll(async () => {
  sandbox = await startSandbox({ bootTime: 100, agents: 'none', azure: { coreLimit: 16 } })
  arm = openArmClient(sandbox.environment())
  await arm.put(foreign, { location })
  await arm.put(foreignNetwork, {
    location,
    properties: {
      addressSpace: { addressPrefixes: ['10.9.0.0/16'] },
      subnets: [
        { name: 'desks', properties: { addressPrefix: '10.9.0.0/24' } },
        {
          name: 'racks',
          properties: { addressPrefix: '10.9.1.0/24', defaultOutboundAccess: false },
        },
        { name: 'GatewaySubnet', properties: { addressPrefix: '10.9.2.0/24' } },
      ],
    },
  })
})
afterAll(() => sandbox.close())
beforeEach(async () => {
  useEnvironment(sandbox.environment())
  owner = newOwner()
  session = await openSession()
})
afterEach(async () => {
  sandbox.faults.clear()
  await vi.waitFor(async () => {
    const left = (await session.find({ owner }, call)).filter(({ state }) => state !== 'gone')
    const ids = left.filter(({ state }) => state !== 'going').map(({ id }) => id)
    if (ids.length > 0) await session.terminate(ids, call)
    expect(left).toEqual([])
  }, patience)
  await untilReady(() => session.removeShared(owner, call))
  vi.unstubAllEnvs()
})

function own<Thing extends { readonly tags: Readonly<Record<string, string>> }>(
  things: readonly Thing[],
): readonly Thing[] {
  return things.filter(({ tags }) => tags['kontena:master'] === owner.master)
}

describe('the firewall', () => {
  test('gains what a further order asks, and keeps what it had', async () => {
    await prepare(session, orderOf(owner))
    const wider = orderOf(owner, { policy: networkPolicy({ open: ['443/tcp'] }) })
    const planned = await session.preflight(wider, call)
    expect(planned.sharedCalls).toEqual(['securityRules.createOrUpdate'])
    expect(planned.warnings).toEqual([expect.stringContaining('tcp 80 from anywhere')])
    await prepare(session, wider)
    const [group] = own(sandbox.azure.securityGroups())
    const ports = group?.rules.map(({ destinationPortRange }) => destinationPortRange)
    expect(ports).toEqual(expect.arrayContaining(['80', '443', '22', '1194', '6783-6784']))
  })

  test('loses no rule to two commands at once', async () => {
    await prepare(session, orderOf(owner))
    const others = await Promise.all([1, 2].map(() => openSession()))
    await Promise.all(
      others.map((other, index) =>
        prepare(
          other,
          orderOf(owner, { policy: networkPolicy({ open: [`${9000 + index}/tcp`] }) }),
        ),
      ),
    )
    const [group] = own(sandbox.azure.securityGroups())
    const ports = group?.rules.map(({ destinationPortRange }) => destinationPortRange)
    expect(ports).toEqual(expect.arrayContaining(['80', '9000', '9001']))
  })

  test('of our name that is not ours is not touched', async () => {
    const name = sharedName(owner, location)
    await arm.put(`/resourceGroups/${name}`, { location })
    const refusal = { code: 'NAME_TAKEN', message: expect.stringContaining(name) }
    await expect(session.preflight(orderOf(owner), call)).rejects.toMatchObject(refusal)
    await expect(session.prepare(orderOf(owner), call)).rejects.toMatchObject(refusal)
    await session.removeShared(owner, call)
    expect(sandbox.azure.resourceGroups().map((group) => group.name)).toContain(name)
    await arm.send('DELETE', `/resourceGroups/${name}`)
  })
})

describe('a network of the user', () => {
  test.each([
    ['name', 'office', 'desks'],
    ['id', `ID${foreignNetwork}`, 'desks'],
    ['the id of its subnet', undefined, `ID${foreignNetwork}/subnets/desks`],
  ])('is joined by %s and stays as it is', async (_, network, subnet) => {
    const id = (text: string | undefined) =>
      text?.replace('ID', `/subscriptions/${process.env.AZURE_SUBSCRIPTION_ID}`)
    session = await openSession({ machine: { network: id(network), subnet: id(subnet) } })
    const before = sandbox.azure.virtualNetworks()
    const planned = await session.preflight(orderOf(owner), call)
    expect(planned.facts.network).toContain('office/desks')
    expect(planned.sharedCalls).not.toContain('virtualNetworks.createOrUpdate')
    const { shared } = await prepare(session, orderOf(owner))
    await session.create(batchOf(owner, shared, { names: ['one'] }), call)
    await vi.waitFor(async () => {
      const [machine] = await session.find({ owner }, call)
      expect(machine?.privateAddress).toMatch(/^10\.9\.0\./)
    }, patience)
    expect(sandbox.azure.virtualNetworks()).toEqual(before)
  })

  test.each([
    [{ network: 'office' }, 'BAD_OPTIONS', 'desks, racks'],
    [{ network: 'office', subnet: 'desk' }, 'NOT_FOUND', 'desks'],
    [{ network: 'office', subnet: 'GatewaySubnet' }, 'NOT_FOUND', 'desks'],
  ])('%j is refused with what there is', async (machine, code, hint) => {
    const opened = await openSession({ machine })
    await expect(opened.preflight(orderOf(owner), call)).rejects.toMatchObject({
      code,
      hint: expect.stringContaining(hint),
    })
  })

  test('in another location is told with its location', async () => {
    const access = { location: 'northeurope' }
    const opened = await openSession({ machine: { network: 'office', subnet: 'desks' }, access })
    await expect(opened.preflight(orderOf(owner), call)).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: expect.stringContaining('westeurope'),
    })
  })

  test('without a way out is warned of where machines get no public address', async () => {
    const machine = { network: 'office', subnet: 'racks', publicIp: false }
    const { warnings } = await (await openSession({ machine })).preflight(orderOf(owner), call)
    expect(warnings).toEqual([expect.stringContaining('NAT gateway')])
  })
})

describe('machines without public addresses', () => {
  test('get a network that lets them out', async () => {
    session = await openSession({ machine: { publicIp: false } })
    expect((await session.preflight(orderOf(owner), call)).warnings).toHaveLength(1)
    const { shared } = await prepare(session, orderOf(owner))
    expect(own(sandbox.azure.virtualNetworks())[0]?.subnets[0]?.hasOutboundAccess).toBe(true)
    await session.create(batchOf(owner, shared, { names: ['one'] }), call)
    await vi.waitFor(async () => {
      expect((await session.find({ owner }, call))[0]?.privateAddress).toMatch(/^10\.64\./)
    }, patience)
    expect(own(sandbox.azure.publicAddresses())).toEqual([])
  })

  test('open a network that was closed', async () => {
    await prepare(session, orderOf(owner))
    expect(own(sandbox.azure.virtualNetworks())[0]?.subnets[0]?.hasOutboundAccess).toBe(false)
    session = await openSession({ machine: { publicIp: false } })
    const { sharedCalls } = await session.preflight(orderOf(owner), call)
    expect(sharedCalls).toEqual(['subnets.createOrUpdate'])
    await prepare(session, orderOf(owner))
    expect(own(sandbox.azure.virtualNetworks())[0]?.subnets[0]?.hasOutboundAccess).toBe(true)
  })
})

describe('a resource group of the user', () => {
  test('holds machines that any session finds, and stays with all that is not ours', async () => {
    const maker = await openSession({ machine: { resourceGroup: 'foreign' } })
    const { shared } = await prepare(maker, orderOf(owner))
    const { machines } = await maker.create(batchOf(owner, shared, { names: ['one'] }), call)
    expect(machines[0]?.id).toMatch(/^foreign\/one-/)
    await vi.waitFor(async () => {
      expect((await session.find({ owner }, call)).map(({ state }) => state)).toEqual(['running'])
    }, patience)
    await expect(session.removeShared(owner, call)).rejects.toMatchObject({ code: 'BUSY' })
    await session.terminate([machines[0]?.id ?? ''], call)
    await vi.waitFor(async () => {
      const found = await session.find({ owner }, call)
      expect(found.filter(({ state }) => state !== 'gone')).toEqual([])
    }, patience)
    await untilReady(() => session.removeShared(owner, call))
    expect(own(sandbox.azure.securityGroups())).toEqual([])
    expect(own(sandbox.azure.applicationGroups())).toEqual([])
    expect(sandbox.azure.resourceGroups().map(({ name }) => name)).toContain('foreign')
    expect(sandbox.azure.virtualNetworks().map(({ name }) => name)).toContain('office')
  })
})

test('what somebody else put into our group and network stays, and is told', async () => {
  await prepare(session, orderOf(owner))
  const [network] = own(sandbox.azure.virtualNetworks())
  const group = sharedName(owner, location)
  const nic = `/resourceGroups/${group}/providers/Microsoft.Network/networkInterfaces/theirs`
  await arm.put(nic, {
    location,
    properties: {
      ipConfigurations: [{ name: 'a', properties: { subnet: { id: network?.subnets[0]?.id } } }],
    },
  })
  const kept = await untilReady(() => session.removeShared(owner, call))
  expect(kept).toEqual([`virtual network ${group}`, `resource group ${group}, which holds theirs`])
  expect(own(sandbox.azure.securityGroups())).toEqual([])
  await arm.send('DELETE', nic)
})

describe('a quota', () => {
  test('that is too small is told before anything is made', async () => {
    await expect(session.preflight(orderOf(owner, { count: 9 }), call)).rejects.toMatchObject({
      code: 'QUOTA_EXCEEDED',
      message: expect.stringMatching(/9 Standard_B2s machines take 18 .*cores/),
    })
  })

  test('is filled where as many are wanted as there is room for', async () => {
    const { shared } = await prepare(session, orderOf(owner))
    const names = Array.from({ length: 9 }, (_, index) => `web-${index}`)
    const whole = batchOf(owner, shared, { names })
    await expect(session.create(whole, call)).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' })
    const made = await session.create(batchOf(owner, shared, { names, minimum: 'some' }), call)
    expect(made.machines.map(({ name }) => name)).toEqual(names.slice(0, 8))
    expect(made.failure).toMatchObject({ code: 'QUOTA_EXCEEDED' })
  })
})
