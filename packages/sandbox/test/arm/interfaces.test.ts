import { describe, expect, test } from 'vitest'
import { collect, openSandbox, refusal, refusalCode } from './open.ts'
import {
  idOf,
  location,
  machine,
  makeAddress,
  makeInterface,
  makeMachine,
  makeNetwork,
  quick,
} from './things.ts'

async function ready(options = {}) {
  const opened = await openSandbox(options)
  await makeNetwork(opened)
  const address = (name: string) => ({
    publicIPAddress: { id: idOf(opened, `Microsoft.Network/publicIPAddresses/${name}`) },
  })
  return { ...opened, address }
}

describe('a public address', () => {
  test('is one that leads nowhere, in the zones that were asked for', async () => {
    const opened = await openSandbox()
    await makeAddress(opened, 'ip', { zones: ['1', '2'] })
    const found = await opened.network.publicIPAddresses.get('grid', 'ip')
    expect(found).toMatchObject({
      ipAddress: expect.stringMatching(/^198\.1[89]\./),
      sku: { name: 'Standard' },
      zones: ['1', '2'],
      provisioningState: 'Succeeded',
    })
    expect(await collect(opened.network.publicIPAddresses.list('grid'))).toHaveLength(1)
    expect(await collect(opened.network.publicIPAddresses.listAll())).toHaveLength(1)
  })
  test('is Standard and static', async () => {
    const opened = await openSandbox()
    expect(await refusalCode(makeAddress(opened, 'ip', { sku: { name: 'Basic' } }))).toBe(
      'IPv4BasicSkuPublicIpCountLimitReached',
    )
    const dynamic = makeAddress(opened, 'ip', { publicIPAllocationMethod: 'Dynamic' })
    expect(await refusal(dynamic)).toMatchObject({ statusCode: 400 })
    expect(await refusalCode(makeAddress(opened, 'ip', { zones: ['9'] }))).toBe(
      'AvailabilityZoneNotSupported',
    )
  })
  test('that is going is not made again before it is gone, nor taken', async () => {
    const opened = await ready({ bootTime: 3900 })
    const { network, sandbox, address } = opened
    await makeAddress(opened, 'ip')
    const first = network.publicIPAddresses.delete('grid', 'ip', quick)
    await first.submitted()
    const second = network.publicIPAddresses.delete('grid', 'ip', quick)
    await second.submitted()
    expect(await refusalCode(makeAddress(opened, 'ip'))).toBe('AnotherOperationInProgress')
    expect(await refusalCode(makeInterface(opened, 'nic', { configuration: address('ip') }))).toBe(
      'RetryableError',
    )
    await Promise.all([first, second])
    expect(sandbox.azure.publicAddresses()).toEqual([])
  })
  test('stays while an interface has it, and is nobody else’s', async () => {
    const opened = await ready()
    const { network, sandbox, address } = opened
    await makeAddress(opened, 'ip')
    await makeInterface(opened, 'nic', { configuration: address('ip') })
    expect(sandbox.azure.publicAddresses()[0]?.holderId).toMatch(/\/nic\/ipConfigurations\/main$/)
    const removal = network.publicIPAddresses.delete('grid', 'ip')
    expect(await refusalCode(removal.submitted())).toBe('PublicIPAddressCannotBeDeleted')
    const second = makeInterface(opened, 'other', { configuration: address('ip') })
    expect(await refusalCode(second)).toBe('PublicIPAddressInUse')
    await network.networkInterfaces.delete('grid', 'nic', quick)
    await network.publicIPAddresses.delete('grid', 'ip', quick)
    expect(sandbox.azure.publicAddresses()).toEqual([])
  })
})

describe('a network interface', () => {
  test('has a private address, and shows its public one in full where that is asked for', async () => {
    const opened = await ready()
    const { network, address } = opened
    await makeAddress(opened, 'ip')
    await makeInterface(opened, 'nic', { configuration: address('ip') })
    const find = async (expand?: string) => {
      const options = expand === undefined ? {} : { expand }
      const found = await network.networkInterfaces.get('grid', 'nic', options)
      return found.ipConfigurations?.[0]
    }
    const plain = await find()
    expect(plain).toMatchObject({ privateIPAddress: '10.0.0.4', primary: true })
    expect(plain?.publicIPAddress?.ipAddress).toBeUndefined()
    const full = await find('IPConfigurations/PublicIPAddress')
    expect(full?.publicIPAddress?.ipAddress).toMatch(/^198\./)
    expect(await collect(network.networkInterfaces.list('grid'))).toHaveLength(1)
    expect(await collect(network.networkInterfaces.listAll())).toHaveLength(1)
  })
  test('keeps its address when it is put again, with groups or without an address to the outside', async () => {
    const opened = await ready()
    const { network, sandbox, address } = opened
    await makeAddress(opened, 'ip')
    await network.applicationSecurityGroups.createOrUpdate('grid', 'asg', { location }, quick)
    await makeInterface(opened, 'first')
    await makeInterface(opened, 'nic', { configuration: address('ip') })
    const groupId = idOf(opened, 'Microsoft.Network/applicationSecurityGroups/asg')
    await makeInterface(opened, 'nic', {
      configuration: { applicationSecurityGroups: [{ id: groupId }] },
    })
    expect(sandbox.azure.networkInterfaces()[1]).toMatchObject({
      privateAddress: '10.0.0.5',
      publicAddressId: undefined,
      applicationGroupIds: [groupId],
    })
    expect(sandbox.azure.publicAddresses()).toMatchObject([{ holderId: undefined }])
    const removal = network.applicationSecurityGroups.delete('grid', 'asg')
    expect(await refusalCode(removal.submitted())).toBe(
      'InUseApplicationSecurityGroupCannotBeDeleted',
    )
  })
  test('needs a subnet and addresses that are there, in its own location', async () => {
    const opened = await ready()
    const { address } = opened
    const missing = {
      subnet: { id: idOf(opened, 'Microsoft.Network/virtualNetworks/net/subnets/no') },
    }
    const elsewhere = { location: 'northeurope' }
    const made = [
      makeInterface(opened, 'nic', { configuration: missing }),
      makeInterface(opened, 'nic', { configuration: address('no') }),
      makeInterface(opened, 'nic', elsewhere),
    ]
    expect(await Promise.all(made.map(refusalCode))).toEqual(
      made.map(() => 'InvalidResourceReference'),
    )
    const malformed = makeInterface(opened, 'nic', { configuration: { subnet: { id: 'nodes' } } })
    expect(await refusalCode(malformed)).toBe('LinkedInvalidPropertyId')
  })
  test('has to wait for what it refers to', async () => {
    const opened = await ready({ bootTime: 3900 })
    const { network, address } = opened
    await network.publicIPAddresses
      .createOrUpdate('grid', 'ip', {
        location,
        sku: { name: 'Standard' },
        publicIPAllocationMethod: 'Static',
      })
      .submitted()
    expect(
      await refusal(makeInterface(opened, 'nic', { configuration: address('ip') })),
    ).toMatchObject({
      code: 'RetryableError',
      statusCode: 429,
    })
  })
  test('stays while a machine has it', async () => {
    const opened = await openSandbox()
    await makeMachine(opened)
    const found = await opened.network.networkInterfaces.get('grid', 'vm-nic')
    expect(found.virtualMachine?.id).toBe(idOf(opened, 'Microsoft.Compute/virtualMachines/vm'))
    const removal = opened.network.networkInterfaces.delete('grid', 'vm-nic')
    expect(await refusalCode(removal.submitted())).toBe('NicInUse')
  })
  test('is held for a machine that failed, for a while', async () => {
    const opened = await ready({ bootTime: 1000 })
    const { compute, network, sandbox } = opened
    const id = await makeInterface(opened, 'nic')
    sandbox.faults.add({
      kind: 'boot-failure',
      code: 'OSProvisioningTimedOut',
      message: 'too slow',
    })
    const creation = compute.virtualMachines.createOrUpdate('grid', 'vm', machine(id), quick)
    await expect(creation).rejects.toThrow(/OSProvisioningTimedOut/)
    const remove = () => network.networkInterfaces.delete('grid', 'nic', quick)
    expect(await refusalCode(remove().submitted())).toBe('NicReservedForAnotherVm')
    await compute.virtualMachines.delete('grid', 'vm', { ...quick, forceDeletion: true })
    expect(sandbox.azure.virtualMachines()).toEqual([])
    expect(sandbox.azure.networkInterfaces()).toHaveLength(1)
    await expect
      .poll(
        () =>
          remove().then(
            () => true,
            () => false,
          ),
        { timeout: 5000 },
      )
      .toBe(true)
    expect(sandbox.azure.networkInterfaces()).toEqual([])
  })
})
