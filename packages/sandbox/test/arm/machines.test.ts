import { describe, expect, test } from 'vitest'
import { collect, openSandbox, refusal, refusalCode } from './open.ts'
import {
  idOf,
  machine,
  makeInterface,
  makeMachine,
  makeNetwork,
  publicKey,
  quick,
} from './things.ts'

async function ready(bootTime = 20) {
  const opened = await openSandbox({ bootTime })
  await makeNetwork(opened)
  const interfaceId = await makeInterface(opened, 'nic')
  return { ...opened, interfaceId }
}

describe('a machine', () => {
  test('is being created, then runs with what it was given', async () => {
    const opened = await openSandbox({ bootTime: 100 })
    const made = await makeMachine(opened, 'vm', { zones: ['2'], tags: { color: 'green' } })
    expect(made).toMatchObject({
      name: 'vm',
      location: 'westeurope',
      zones: ['2'],
      tags: { color: 'green' },
      provisioningState: 'Succeeded',
      vmId: expect.stringMatching(/^[0-9a-f-]{36}$/),
      storageProfile: {
        imageReference: { exactVersion: '24.04.202611120' },
        osDisk: { osType: 'Linux', diskSizeGB: 30, deleteOption: 'Delete' },
      },
    })
    const view = await opened.compute.virtualMachines.instanceView('grid', 'vm')
    expect(view.statuses?.map(({ code }) => code)).toEqual([
      'ProvisioningState/succeeded',
      'PowerState/running',
    ])
    expect(opened.sandbox.azure.virtualMachines()).toMatchObject([
      { computerName: 'web-1', adminUsername: 'kontena', sshKeys: [publicKey], power: 'running' },
    ])
  })
  test('is never shown with its custom data', async () => {
    const opened = await openSandbox()
    const made = await makeMachine(opened)
    expect(made.osProfile?.customData).toBeUndefined()
    expect(Buffer.from(opened.sandbox.azure.virtualMachines()[0]?.userData ?? []).toString()).toBe(
      '#cloud-config\n',
    )
  })
  test('answers at once that it is being created, and where to ask', async () => {
    const { compute, interfaceId, sandbox } = await ready(500)
    const poller = compute.virtualMachines.createOrUpdate('grid', 'vm', machine(interfaceId), quick)
    await poller.submitted()
    expect(sandbox.azure.virtualMachines()).toMatchObject([
      { state: 'Creating', power: 'starting' },
    ])
    await poller
    expect(sandbox.calls.count('operations.get')).toBeGreaterThan(0)
  })
  test('is listed in its group and in the subscription, with its state where that is asked for', async () => {
    const opened = await openSandbox()
    const { compute } = opened
    await makeMachine(opened)
    const plain = await collect(compute.virtualMachines.list('GRID'))
    expect(plain.map(({ name, instanceView }) => ({ name, instanceView }))).toEqual([
      { name: 'vm', instanceView: undefined },
    ])
    const [full] = await collect(compute.virtualMachines.listAll({ expand: 'instanceView' }))
    expect(full?.instanceView?.statuses?.[1]?.code).toBe('PowerState/running')
    const [status] = await collect(compute.virtualMachines.listAll({ statusOnly: 'true' }))
    expect(status?.instanceView?.statuses?.[1]?.code).toBe('PowerState/running')
    const one = await compute.virtualMachines.get('grid', 'VM', { expand: 'instanceView' })
    expect(one.instanceView?.computerName).toBe('web-1')
  })
  test('takes an interface that is free, and no other', async () => {
    const { compute, interfaceId } = await ready()
    await compute.virtualMachines.createOrUpdate('grid', 'vm', machine(interfaceId), quick)
    const create = (id: string) =>
      refusalCode(compute.virtualMachines.createOrUpdate('grid', 'other', machine(id), quick))
    expect(await create(interfaceId)).toBe('NicInUse')
    expect(await create(interfaceId.replace('/nic', '/missing'))).toBe('InvalidResourceReference')
  })
  test('that is not there is not found, and deleting it is no error', async () => {
    const { compute } = await openSandbox()
    expect(await refusal(compute.virtualMachines.get('grid', 'vm'))).toMatchObject({
      code: 'ResourceNotFound',
      statusCode: 404,
    })
    expect(await refusalCode(compute.virtualMachines.instanceView('grid', 'vm'))).toBe(
      'ResourceNotFound',
    )
    await compute.virtualMachines.delete('grid', 'vm')
    expect(await refusalCode(compute.virtualMachines.delete('nowhere', 'vm').submitted())).toBe(
      'ResourceGroupNotFound',
    )
  })
})

describe('the same PUT again', () => {
  test('changes nothing, also while the first one is on its way', async () => {
    const { compute, interfaceId, sandbox } = await ready()
    const create = () =>
      compute.virtualMachines.createOrUpdate('grid', 'vm', machine(interfaceId), quick)
    const [one, other] = await Promise.all([create(), create()])
    const third = await create()
    expect(new Set([one, other, third].map(({ vmId }) => vmId)).size).toBe(1)
    expect(sandbox.azure.virtualMachines()).toHaveLength(1)
    expect(sandbox.azure.disks()).toHaveLength(1)
  })
  test('changes tags and size', async () => {
    const { compute, interfaceId } = await ready()
    await compute.virtualMachines.createOrUpdate('grid', 'vm', machine(interfaceId), quick)
    const changed = await compute.virtualMachines.createOrUpdate(
      'grid',
      'vm',
      machine(interfaceId, {
        tags: { color: 'red' },
        hardwareProfile: { vmSize: 'Standard_B2ms' },
      }),
      quick,
    )
    expect(changed).toMatchObject({
      tags: { color: 'red' },
      hardwareProfile: { vmSize: 'Standard_B2ms' },
    })
  })
  test('does not change what a machine was made with', async () => {
    const { compute, interfaceId } = await ready()
    const before = machine(interfaceId)
    await compute.virtualMachines.createOrUpdate('grid', 'vm', before, quick)
    const change = (others: Parameters<typeof machine>[1]) =>
      refusalCode(
        compute.virtualMachines.createOrUpdate('grid', 'vm', { ...before, ...others }, quick),
      )
    const { osProfile, storageProfile } = before
    const data = Buffer.from('other').toString('base64')
    const image = { ...storageProfile?.imageReference, version: '24.04.202609170' }
    const changes = [
      { osProfile: { ...osProfile, customData: data } },
      { osProfile: { ...osProfile, computerName: 'web-2' } },
      { storageProfile: { ...storageProfile, imageReference: image } },
      { zones: ['1'] },
    ]
    expect(await Promise.all(changes.map(change))).toEqual(
      changes.map(() => 'PropertyChangeNotAllowed'),
    )
    expect(await change({ location: 'northeurope' })).toBe('InvalidResourceLocation')
  })
})

describe('Azure refuses', () => {
  const image = {
    publisher: 'Canonical',
    offer: 'ubuntu-24_04-lts',
    sku: 'server',
    version: 'latest',
  }
  const disk = { createOption: 'FromImage' }
  const keys = (path: string, keyData: string) => ({
    disablePasswordAuthentication: true,
    ssh: { publicKeys: [{ path, keyData }] },
  })
  const home = '/home/kontena/.ssh/authorized_keys'
  const system = (others: object) => ({
    osProfile: { ...machine('').osProfile, ...others },
  })
  test.each([
    ['a size that there is not', { hardwareProfile: { vmSize: 'Standard_X' } }, 'InvalidParameter'],
    [
      'a size that this subscription may not use there',
      {
        hardwareProfile: { vmSize: 'Standard_D2_v2' },
        storageProfile: { imageReference: { ...image, sku: 'server-gen1' }, osDisk: disk },
      },
      'SkuNotAvailable',
    ],
    [
      'a size that this subscription may not use in that zone',
      { hardwareProfile: { vmSize: 'Standard_D4s_v5' }, zones: ['3'] },
      'SkuNotAvailable',
    ],
    [
      'an image that there is not',
      { storageProfile: { imageReference: { ...image, version: '1' }, osDisk: disk } },
      'PlatformImageNotFound',
    ],
    [
      'an image for another generation of hardware',
      {
        hardwareProfile: { vmSize: 'Standard_D2s_v6' },
        storageProfile: { imageReference: { ...image, sku: 'server-gen1' }, osDisk: disk },
      },
      'BadRequest',
    ],
    [
      'an image for another processor',
      { hardwareProfile: { vmSize: 'Standard_D2ps_v5' } },
      'BadRequest',
    ],
    [
      'a disk that is smaller than its image',
      { storageProfile: { imageReference: image, osDisk: { ...disk, diskSizeGB: 10 } } },
      'OperationNotAllowed',
    ],
    ['a zone that there is not', { zones: ['4'] }, 'AvailabilityZoneNotSupported'],
    [
      'a location that there is not',
      { location: 'atlantis' },
      'LocationNotAvailableForResourceType',
    ],
    ['an administrator called root', system({ adminUsername: 'root' }), 'InvalidParameter'],
    ['a name for the computer with a space', system({ computerName: 'web 1' }), 'InvalidParameter'],
    ['a name for the computer of digits', system({ computerName: '123' }), 'InvalidParameter'],
    [
      'a name for the computer of 65 characters',
      system({ computerName: 'x'.repeat(65) }),
      'InvalidParameter',
    ],
    ['custom data that is no base64', system({ customData: '#cloud-config' }), 'InvalidParameter'],
    [
      'custom data of 65,536 bytes',
      system({ customData: Buffer.alloc(65_536, 'x').toString('base64') }),
      'InvalidParameter',
    ],
    [
      'neither key nor password',
      system({ linuxConfiguration: { disablePasswordAuthentication: true } }),
      'InvalidParameter',
    ],
    [
      'a key that is none',
      system({ linuxConfiguration: keys(home, 'ssh-rsa AAAA') }),
      'InvalidParameter',
    ],
    [
      'a key for another user',
      system({ linuxConfiguration: keys('/home/core/.ssh/authorized_keys', publicKey) }),
      'InvalidParameter',
    ],
  ])('%s', async (_, others, code) => {
    const { compute, interfaceId, sandbox } = await ready()
    const body = machine(interfaceId, others)
    expect(
      await refusalCode(compute.virtualMachines.createOrUpdate('grid', 'vm', body, quick)),
    ).toBe(code)
    expect(sandbox.azure.virtualMachines()).toEqual([])
  })
  test('custom data of 65,535 bytes is taken', async () => {
    const { compute, interfaceId, sandbox } = await ready()
    const customData = Buffer.alloc(65_535, 'x').toString('base64')
    const body = machine(interfaceId, system({ customData }))
    await compute.virtualMachines.createOrUpdate('grid', 'vm', body, quick)
    expect(sandbox.azure.virtualMachines()[0]?.userData).toHaveLength(65_535)
  })
  test('more cores than the quota has', async () => {
    const opened = await openSandbox({ azure: { coreLimit: 3 } })
    await makeMachine(opened, 'one')
    const refused = await refusal(makeMachine(opened, 'two'))
    expect(refused).toMatchObject({ code: 'OperationNotAllowed', statusCode: 409 })
    expect(refused.message).toContain('exceeding approved Total Regional Cores quota')
    expect(refused.message).toContain('Current Limit: 3, Current Usage: 2, Additional Required: 2')
  })
})

describe('deleting a machine', () => {
  test('takes along what was made to go with it', async () => {
    const opened = await openSandbox()
    const { compute, sandbox } = opened
    await makeMachine(opened)
    await compute.virtualMachines.delete('grid', 'vm', quick)
    expect(sandbox.azure.virtualMachines()).toEqual([])
    expect(sandbox.azure.disks()).toEqual([])
    expect(sandbox.azure.networkInterfaces()).toEqual([])
    expect(sandbox.azure.publicAddresses()).toEqual([])
  })
  test('leaves the rest, free to be used again', async () => {
    const { compute, sandbox, interfaceId } = await ready()
    const body = machine(interfaceId, {
      storageProfile: {
        imageReference: machine('').storageProfile?.imageReference ?? {},
        osDisk: { createOption: 'FromImage', name: 'kept' },
      },
      networkProfile: { networkInterfaces: [{ id: interfaceId, primary: true }] },
    })
    await compute.virtualMachines.createOrUpdate('grid', 'vm', body, quick)
    const inUse = refusal(compute.disks.delete('grid', 'kept').submitted())
    expect(await inUse).toMatchObject({ code: 'OperationNotAllowed', statusCode: 409 })
    await compute.virtualMachines.delete('grid', 'vm', { ...quick, forceDeletion: true })
    expect(sandbox.azure.disks()).toMatchObject([{ name: 'kept', machineId: undefined }])
    expect(sandbox.azure.networkInterfaces()).toMatchObject([{ machineId: undefined }])
    await compute.disks.delete('grid', 'kept', quick)
    expect(sandbox.azure.disks()).toEqual([])
  })
  test('is quicker by force', async () => {
    const opened = await openSandbox({ bootTime: 1000 })
    const { virtualMachines: machines } = opened.compute
    await makeNetwork(opened)
    await Promise.all(['gentle', 'forced'].map((name) => makeMachine(opened, name)))
    const gentle = machines.delete('grid', 'gentle', quick)
    await gentle.submitted()
    await machines.delete('grid', 'forced', { ...quick, forceDeletion: true })
    expect(opened.sandbox.azure.virtualMachines().map(({ name }) => name)).toEqual(['gentle'])
    await gentle
  })
  test('may be asked for twice', async () => {
    const opened = await openSandbox({ bootTime: 500 })
    const { compute, sandbox } = opened
    await makeMachine(opened)
    const both = [1, 2].map(() => compute.virtualMachines.delete('grid', 'vm', quick))
    await Promise.all(both.map((poller) => poller.submitted()))
    expect(sandbox.azure.virtualMachines()).toMatchObject([{ state: 'Deleting' }])
    await Promise.all(both)
    expect(sandbox.azure.virtualMachines()).toEqual([])
  })
  test('ends its creation where that is not through', async () => {
    const { compute, sandbox, interfaceId } = await ready(500)
    const creation = compute.virtualMachines.createOrUpdate(
      'grid',
      'vm',
      machine(interfaceId),
      quick,
    )
    await creation.submitted()
    const outcome = expect(creation).rejects.toThrow(/cancel/i)
    await compute.virtualMachines.delete('grid', 'vm', quick)
    await outcome
    expect(sandbox.azure.virtualMachines()).toEqual([])
  })
})

describe('disks', () => {
  test('have the size and the kind that was asked for, and know their machine', async () => {
    const opened = await openSandbox()
    const made = await makeMachine(opened, 'vm', {
      storageProfile: {
        imageReference: machine('').storageProfile?.imageReference ?? {},
        osDisk: {
          createOption: 'FromImage',
          name: 'root',
          diskSizeGB: 64,
          managedDisk: { storageAccountType: 'Premium_LRS' },
        },
      },
    })
    const disk = await opened.compute.disks.get('grid', 'root')
    expect(disk).toMatchObject({ diskSizeGB: 64, sku: { name: 'Premium_LRS' }, managedBy: made.id })
    expect(await collect(opened.compute.disks.list())).toHaveLength(1)
    expect(await collect(opened.compute.disks.listByResourceGroup('grid'))).toHaveLength(1)
    expect(made.id).toBe(idOf(opened, 'Microsoft.Compute/virtualMachines/vm'))
  })
})
