import { describe, expect, test } from 'vitest'
import { collect, openSandbox, refusal, refusalCode } from './open.ts'
import { location, makeMachine, makeNetwork, quick } from './things.ts'

describe('a resource group', () => {
  test('is made once and changed after that', async () => {
    const { resources, sandbox } = await openSandbox()
    const { resourceGroups: groups } = resources
    const made = await groups.createOrUpdate('Web', { location: 'West Europe', tags: { a: '1' } })
    expect(made).toMatchObject({
      id: expect.stringMatching(/\/resourceGroups\/Web$/),
      location,
      tags: { a: '1' },
      properties: { provisioningState: 'Succeeded' },
    })
    await groups.createOrUpdate('web', { location, tags: { a: '2' } })
    expect(await groups.get('WEB')).toMatchObject({ name: 'Web', tags: { a: '2' } })
    await groups.update('web', { tags: { b: '3' } })
    expect(sandbox.azure.resourceGroups().at(-1)).toMatchObject({ name: 'Web', tags: { b: '3' } })
    expect(
      sandbox.calls
        .all()
        .slice(-4)
        .map(({ status }) => status),
    ).toEqual([201, 200, 200, 200])
  })
  test('stays where it is', async () => {
    const { resources } = await openSandbox()
    const { resourceGroups: groups } = resources
    const move = groups.createOrUpdate('grid', { location: 'eastus' })
    expect(await refusalCode(move)).toBe('InvalidResourceGroupLocation')
    const nowhere = groups.createOrUpdate('new', { location: 'atlantis' })
    expect(await refusalCode(nowhere)).toBe('LocationNotAvailableForResourceGroup')
    const unnamed = groups.createOrUpdate('a b', { location })
    expect(await refusalCode(unnamed)).toBe('InvalidResourceGroup')
  })
  test('that is not there is told in a word', async () => {
    const { resources } = await openSandbox()
    const { resourceGroups: groups } = resources
    expect(await groups.checkExistence('grid')).toMatchObject({ body: true })
    expect(await groups.checkExistence('nowhere')).toMatchObject({ body: false })
    expect(await refusal(groups.get('nowhere'))).toMatchObject({
      code: 'ResourceGroupNotFound',
      statusCode: 404,
    })
    expect(await refusalCode(groups.delete('nowhere').submitted())).toBe('ResourceGroupNotFound')
  })
  test('is found by its tags', async () => {
    const { resources } = await openSandbox()
    const { resourceGroups: groups } = resources
    await groups.createOrUpdate('one', { location, tags: { 'kontena:grid': 'web' } })
    await groups.createOrUpdate('two', { location, tags: { 'kontena:grid': 'db' } })
    const names = async (filter?: string) =>
      (await collect(groups.list(filter === undefined ? {} : { filter }))).map(({ name }) => name)
    expect(await names()).toEqual(['grid', 'one', 'two'])
    expect(await names("tagName eq 'kontena:grid'")).toEqual(['one', 'two'])
    expect(await names("tagName eq 'KONTENA:grid' and tagValue eq 'db'")).toEqual(['two'])
    expect(await refusalCode(names("name eq 'one'"))).toBe('InvalidFilterInQueryString')
  })
  test('takes everything in it along when it goes', async () => {
    const opened = await openSandbox({ bootTime: 1000 })
    const { resources, sandbox, network } = opened
    await makeMachine(opened)
    const poller = resources.resourceGroups.delete('grid', quick)
    await poller.submitted()
    expect(sandbox.azure.resourceGroups()).toMatchObject([{ isGoing: true }])
    const late = network.applicationSecurityGroups.createOrUpdate('grid', 'asg', { location })
    expect(await refusalCode(late.submitted())).toBe('ResourceGroupBeingDeleted')
    await poller
    const { azure } = sandbox
    const left = [
      azure.resourceGroups(),
      azure.virtualMachines(),
      azure.disks(),
      azure.networkInterfaces(),
      azure.publicAddresses(),
      azure.virtualNetworks(),
    ]
    expect(left.flat()).toEqual([])
  })
})

describe('lists of resources', () => {
  test('show everything of a group, or what fits', async () => {
    const opened = await openSandbox()
    const { resources, network } = opened
    await makeNetwork(opened)
    await network.applicationSecurityGroups.createOrUpdate(
      'grid',
      'asg',
      { location, tags: { 'kontena:grid': 'web' } },
      quick,
    )
    const list = async (filter?: string) => {
      const options = {
        expand: 'createdTime,provisioningState',
        ...(filter === undefined ? {} : { filter }),
      }
      return (await collect(resources.resources.listByResourceGroup('grid', options))).map(
        ({ name, provisioningState }) => `${name} ${provisioningState}`,
      )
    }
    expect(await list()).toEqual(['asg Succeeded', 'net Succeeded'])
    expect(await list("tagName eq 'kontena:grid' and tagValue eq 'web'")).toEqual(['asg Succeeded'])
    expect(await list("resourceType eq 'Microsoft.Network/virtualNetworks'")).toEqual([
      'net Succeeded',
    ])
    const mixed = list("tagName eq 'a' and resourceType eq 'Microsoft.Network/virtualNetworks'")
    expect(await refusalCode(mixed)).toBe('InvalidFilterInQueryString')
    expect(await collect(resources.resources.list({ filter: "resourceGroup eq 'other'" }))).toEqual(
      [],
    )
  })
})

describe('tags', () => {
  test('are changed without the rest', async () => {
    const { network } = await openSandbox()
    const { applicationSecurityGroups: groups } = network
    await groups.createOrUpdate('grid', 'asg', { location, tags: { a: '1' } }, quick)
    expect(await groups.updateTags('grid', 'asg', { tags: { b: '2' } })).toMatchObject({
      tags: { b: '2' },
    })
  })
  test('of machines and disks are changed the same way', async () => {
    const opened = await openSandbox()
    const { compute, sandbox } = opened
    await makeMachine(opened)
    await compute.virtualMachines.update('grid', 'vm', { tags: { a: '1' } }, quick)
    const [disk] = sandbox.azure.disks()
    await compute.disks.update('grid', disk?.name ?? '', { tags: { b: '2' } }, quick)
    expect(sandbox.azure.virtualMachines()).toMatchObject([{ tags: { a: '1' } }])
    expect(sandbox.azure.disks()).toMatchObject([{ tags: { b: '2' } }])
    const resize = compute.virtualMachines.update('grid', 'vm', {
      hardwareProfile: { vmSize: 'Standard_B4ms' },
    })
    expect(await refusalCode(resize.submitted())).toBe('BadRequest')
  })
  test('are no more than fifty, and of bounded length', async () => {
    const { network, sandbox } = await openSandbox()
    const put = (tags: Record<string, string>) =>
      network.applicationSecurityGroups
        .createOrUpdate('grid', 'asg', { location, tags })
        .submitted()
    const many = Object.fromEntries(Array.from({ length: 51 }, (_, index) => [`t${index}`, '']))
    expect(await refusalCode(put(many))).toBe('InvalidTagCount')
    expect(await refusalCode(put({ a: 'x'.repeat(257) }))).toBe('InvalidRequestFormat')
    expect(sandbox.azure.applicationGroups()).toEqual([])
  })
})
