import { describe, expect, test } from 'vitest'
import { collect, openSandbox, refusal, refusalCode, send } from './open.ts'
import { idOf, location, makeInterface, makeNetwork, quick } from './things.ts'

const net = { location, addressSpace: { addressPrefixes: ['10.0.0.0/16'] } }

async function withNetwork(bootTime = 20) {
  const opened = await openSandbox({ bootTime })
  await makeNetwork(opened)
  return opened
}

describe('a network', () => {
  test('is made with its subnets, which are private in current versions', async () => {
    const { network, sandbox } = await withNetwork()
    const found = await network.virtualNetworks.get('grid', 'net')
    expect(found).toMatchObject({
      provisioningState: 'Succeeded',
      addressSpace: { addressPrefixes: ['10.0.0.0/16'] },
      subnets: [{ name: 'nodes', addressPrefix: '10.0.0.0/24', defaultOutboundAccess: false }],
    })
    expect(sandbox.azure.virtualNetworks()[0]?.subnets).toMatchObject([
      { hasOutboundAccess: false },
    ])
    expect(await collect(network.virtualNetworks.list('grid'))).toHaveLength(1)
    expect(await collect(network.virtualNetworks.listAll())).toHaveLength(1)
  })
  test('made in an older version lets machines out', async () => {
    const opened = await openSandbox()
    const target = `${idOf(opened, 'Microsoft.Network/virtualNetworks/old')}?api-version=2024-05-01`
    const { status } = await send(opened, 'PUT', target, {
      body: {
        location,
        properties: {
          addressSpace: net.addressSpace,
          subnets: [{ name: 'nodes', properties: { addressPrefix: '10.0.0.0/24' } }],
        },
      },
    })
    expect(status).toBe(201)
    const [subnet] = opened.sandbox.azure.virtualNetworks()[0]?.subnets ?? []
    expect(subnet?.hasOutboundAccess).toBeUndefined()
  })
  test('keeps its subnets where a PUT does not speak of them', async () => {
    const { network, sandbox } = await withNetwork()
    const names = () => sandbox.azure.virtualNetworks()[0]?.subnets.map(({ name }) => name)
    await network.virtualNetworks.createOrUpdate('grid', 'net', net, quick)
    expect(names()).toEqual(['nodes'])
    await network.virtualNetworks.createOrUpdate('grid', 'net', { ...net, subnets: [] }, quick)
    expect(names()).toEqual([])
  })
  test.each([
    [
      'outside of the network',
      [{ name: 'a', addressPrefix: '192.168.0.0/24' }],
      'NetcfgInvalidSubnet',
    ],
    [
      'that overlap',
      [
        { name: 'a', addressPrefix: '10.0.0.0/24' },
        { name: 'b', addressPrefix: '10.0.0.128/25' },
      ],
      'NetcfgSubnetRangesOverlap',
    ],
    [
      'too small for Azure',
      [{ name: 'a', addressPrefix: '10.0.0.0/30' }],
      'InvalidAddressPrefixFormat',
    ],
  ])('takes no subnets %s', async (_, subnets, code) => {
    const { network } = await openSandbox()
    const put = network.virtualNetworks.createOrUpdate('grid', 'net', { ...net, subnets })
    expect(await refusalCode(put.submitted())).toBe(code)
  })
  test('takes one change at a time', async () => {
    const { network } = await openSandbox({ bootTime: 3900 })
    await network.virtualNetworks.createOrUpdate('grid', 'net', net).submitted()
    const second = network.subnets.createOrUpdate('grid', 'net', 'a', {
      addressPrefix: '10.0.1.0/24',
    })
    expect(await refusal(second.submitted())).toMatchObject({
      code: 'AnotherOperationInProgress',
      statusCode: 409,
    })
  })
})

describe('subnets', () => {
  test('are added, read and removed one by one', async () => {
    const { network } = await withNetwork()
    const { subnets } = network
    const made = await subnets.createOrUpdate(
      'grid',
      'net',
      'more',
      { addressPrefix: '10.0.1.0/24', defaultOutboundAccess: true },
      quick,
    )
    expect(made).toMatchObject({ name: 'more', defaultOutboundAccess: true })
    expect((await collect(subnets.list('grid', 'net'))).map(({ name }) => name)).toEqual([
      'nodes',
      'more',
    ])
    await subnets.delete('grid', 'net', 'more', quick)
    expect(await refusal(subnets.get('grid', 'net', 'more'))).toMatchObject({ statusCode: 404 })
    await subnets.delete('grid', 'net', 'more', quick)
    const nowhere = subnets.createOrUpdate('grid', 'other', 'a', { addressPrefix: '10.0.1.0/24' })
    expect(await refusalCode(nowhere.submitted())).toBe('ParentResourceNotFound')
    expect(await refusalCode(collect(subnets.list('grid', 'other')))).toBe('ResourceNotFound')
  })
  test('stay while interfaces have addresses of them, and so does their network', async () => {
    const opened = await withNetwork()
    const { network, sandbox } = opened
    await makeInterface(opened, 'nic')
    const code = 'InUseSubnetCannotBeDeleted'
    expect(await refusalCode(network.subnets.delete('grid', 'net', 'nodes').submitted())).toBe(code)
    expect(await refusalCode(network.virtualNetworks.delete('grid', 'net').submitted())).toBe(code)
    const emptied = network.virtualNetworks.createOrUpdate('grid', 'net', { ...net, subnets: [] })
    expect(await refusalCode(emptied.submitted())).toBe(code)
    await network.networkInterfaces.delete('grid', 'nic', quick)
    await network.virtualNetworks.delete('grid', 'net', quick)
    expect(sandbox.azure.virtualNetworks()).toEqual([])
  })
  test('hand out addresses in order, from the fourth on, until none is left', async () => {
    const opened = await openSandbox()
    const { network, sandbox } = opened
    await network.virtualNetworks.createOrUpdate(
      'grid',
      'net',
      { ...net, subnets: [{ name: 'nodes', addressPrefix: '10.0.0.0/29' }] },
      quick,
    )
    for (const name of ['a', 'b', 'c']) await makeInterface(opened, name)
    expect(sandbox.azure.networkInterfaces().map((one) => one.privateAddress)).toEqual([
      '10.0.0.4',
      '10.0.0.5',
      '10.0.0.6',
    ])
    expect(await refusalCode(makeInterface(opened, 'd'))).toBe('SubnetIsFull')
    await network.networkInterfaces.delete('grid', 'b', quick)
    await makeInterface(opened, 'e')
    expect(sandbox.azure.networkInterfaces().at(-1)?.privateAddress).toBe('10.0.0.5')
  })
})
