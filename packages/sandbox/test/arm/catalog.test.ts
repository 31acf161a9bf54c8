import { describe, expect, onTestFinished, test } from 'vitest'
import { startSandbox } from '../../src/index.ts'
import { collect, getToken, openClients, openSandbox, refusal, refusalCode, send } from './open.ts'
import { location, makeAddress, makeMachine, quick } from './things.ts'

describe('subscriptions', () => {
  test('are told with their state', async () => {
    const { subscriptions, subscription } = await openSandbox()
    const found = await collect(subscriptions.subscriptions.list())
    expect(found).toMatchObject([{ subscriptionId: subscription, state: 'Enabled' }])
    expect(await subscriptions.subscriptions.get(subscription)).toMatchObject({
      displayName: 'Sandbox',
    })
  })
  test('that are disabled can only be looked at', async () => {
    const sandbox = await startSandbox({ agents: 'none', azure: { subscriptionState: 'Disabled' } })
    onTestFinished(() => sandbox.close())
    const opened = openClients(sandbox, await getToken(sandbox))
    const found = await collect(opened.subscriptions.subscriptions.list())
    expect(found.map(({ state }) => state)).toEqual(['Disabled'])
    const put = opened.resources.resourceGroups.createOrUpdate('grid', { location })
    expect(await refusalCode(put)).toBe('ReadOnlyDisabledSubscription')
    expect(await collect(opened.resources.resourceGroups.list())).toEqual([])
  })
  test('have locations with zones and without', async () => {
    const { subscriptions, subscription } = await openSandbox()
    const found = await collect(subscriptions.subscriptions.listLocations(subscription))
    const zones = found.map(({ name, availabilityZoneMappings: mappings }) => [
      name,
      mappings?.map(({ logicalZone }) => logicalZone),
    ])
    expect(Object.fromEntries(zones)).toEqual({
      westeurope: ['1', '2', '3'],
      northeurope: ['1', '2', '3'],
      eastus: ['1', '2', '3'],
      westus: undefined,
    })
  })
})

describe('sizes', () => {
  async function sizesIn(place: string) {
    const { compute } = await openSandbox()
    return collect(compute.resourceSkus.list({ filter: `location eq '${place}'` }))
  }
  test('come with what a person chooses by', async () => {
    const found = await sizesIn(location)
    expect(found.filter(({ resourceType }) => resourceType === 'disks')).not.toEqual([])
    const b2s = found.find(({ name }) => name === 'Standard_B2s')
    const capabilities = b2s?.capabilities?.map(({ name, value }) => [name, value])
    expect(Object.fromEntries(capabilities ?? [])).toMatchObject({
      vCPUs: '2',
      MemoryGB: '4',
      HyperVGenerations: 'V1,V2',
      CpuArchitectureType: 'x64',
      PremiumIO: 'True',
    })
    expect(b2s?.locationInfo).toMatchObject([{ location, zones: ['1', '2', '3'] }])
  })
  test('may be restricted in a location or in a zone of it', async () => {
    const found = await sizesIn(location)
    const restrictionsOf = (name: string) => found.find((sku) => sku.name === name)?.restrictions
    expect(restrictionsOf('Standard_B2s')).toEqual([])
    expect(restrictionsOf('Standard_D2_v2')).toMatchObject([
      { type: 'Location', reasonCode: 'NotAvailableForSubscription' },
    ])
    expect(restrictionsOf('Standard_D4s_v5')).toMatchObject([
      { type: 'Zone', restrictionInfo: { zones: ['3'] } },
    ])
  })
  test('differ from one location to the next', async () => {
    const names = (await sizesIn('westus')).map(({ name }) => name)
    expect(names).toContain('Standard_D2s_v5')
    expect(names).not.toContain('Standard_D2s_v6')
  })
})

describe('usage', () => {
  test('counts cores, machines and addresses', async () => {
    const opened = await openSandbox({ azure: { coreLimit: 10, addressLimit: 1 } })
    await makeMachine(opened)
    const cores = await collect(opened.compute.usage.list(location))
    const of = (name: string) => {
      const found = cores.find((one) => one.name?.value === name)
      return [found?.currentValue, found?.limit]
    }
    expect([of('cores'), of('standardBSFamily'), of('standardDSv5Family')]).toEqual([
      [2, 10],
      [2, 10],
      [0, 10],
    ])
    expect(of('virtualMachines')[0]).toBe(1)
    const addresses = await collect(opened.network.usages.list(location))
    expect(addresses).toContainEqual(
      expect.objectContaining({
        name: expect.objectContaining({ value: 'PublicIPAddresses' }),
        currentValue: 1,
        limit: 1,
      }),
    )
    expect(await refusalCode(makeAddress(opened, 'second'))).toBe('PublicIPCountLimitReached')
    expect(await refusalCode(collect(opened.compute.usage.list('atlantis')))).toBe(
      'NoRegisteredProviderFound',
    )
  })
})

describe('images', () => {
  test('are found from their publisher down to one version', async () => {
    const { virtualMachineImages: images } = (await openSandbox()).compute
    const names = (list: readonly { name: string }[]) => list.map(({ name }) => name)
    expect(names(await images.listPublishers(location))).toEqual(['Canonical', 'Debian', 'kinvolk'])
    expect(names(await images.listOffers(location, 'debian'))).toEqual(['debian-12', 'debian-13'])
    expect(names(await images.listSkus(location, 'Debian', 'debian-13'))).toContain('13-gen2')
    const urn = ['Canonical', 'ubuntu-24_04-lts', 'server'] as const
    expect(names(await images.list(location, ...urn))).toHaveLength(3)
    const newest = await images.list(location, ...urn, { top: 1, orderby: 'name desc' })
    expect(names(newest)).toEqual(['24.04.202611120'])
    const image = await images.get(location, ...urn, '24.04.202611120')
    expect(image).toMatchObject({
      hyperVGeneration: 'V2',
      architecture: 'x64',
      osDiskImage: { operatingSystem: 'Linux' },
    })
  })
  test('that are sold under terms tell the plan that a machine has to name', async () => {
    const { virtualMachineImages: images } = (await openSandbox()).compute
    const planOf = async (offer: string) =>
      (await images.get(location, 'kinvolk', offer, 'stable-gen2', '4459.2.0')).plan
    const offer = 'flatcar-container-linux-free'
    expect(await planOf(offer)).toEqual({
      name: 'stable-gen2',
      publisher: 'kinvolk',
      product: offer,
    })
    expect(await planOf('flatcar-container-linux-corevm-amd64')).toBeUndefined()
  })
  test('that there are not are not found', async () => {
    const { virtualMachineImages: images } = (await openSandbox()).compute
    const missing = [
      images.listOffers(location, 'Nobody'),
      images.list(location, 'Debian', 'debian-13', '14'),
      images.get(location, 'Debian', 'debian-13', '13', 'latest'),
    ]
    const refusals = await Promise.all(missing.map(refusal))
    expect(refusals.map(({ statusCode }) => statusCode)).toEqual([404, 404, 404])
  })
})

describe('a service that the subscription is not registered for', () => {
  test('makes nothing until it is', async () => {
    const { network, resources } = await openSandbox({
      azure: { unregistered: ['Microsoft.Network'] },
    })
    const { providers } = resources
    const create = () =>
      network.applicationSecurityGroups.createOrUpdate('grid', 'asg', { location }, quick)
    expect((await providers.get('Microsoft.Network')).registrationState).toBe('NotRegistered')
    expect((await providers.get('Microsoft.Compute')).registrationState).toBe('Registered')
    expect(await refusal(create())).toMatchObject({
      code: 'MissingSubscriptionRegistration',
      statusCode: 409,
    })
    expect((await providers.register('Microsoft.Network')).registrationState).toBe('Registering')
    await expect
      .poll(async () => (await providers.get('microsoft.network')).registrationState)
      .toBe('Registered')
    await create()
    expect(await collect(providers.list())).toHaveLength(3)
  })
  test('has to be one that there is', async () => {
    const { resources } = await openSandbox()
    expect(await refusalCode(resources.providers.get('Microsoft.Magic'))).toBe(
      'InvalidResourceNamespace',
    )
  })
})

test('the tenant has no calls of its own here', async () => {
  const opened = await openSandbox()
  expect((await send(opened, 'GET', '/providers?api-version=2025-04-01')).status).toBe(501)
})
