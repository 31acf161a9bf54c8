import { describe, expect, test } from 'vitest'
import { openSandbox, refusal, refusalCode } from './open.ts'
import { machine, makeInterface, makeMachine, makeNetwork, quick } from './things.ts'

async function running() {
  const opened = await openSandbox({ agents: 'process' })
  await makeMachine(opened)
  const power = () => opened.sandbox.azure.virtualMachines()[0]?.power
  return { ...opened, power, machines: opened.compute.virtualMachines }
}

describe('a machine', () => {
  test('is deallocated, and started again', async () => {
    const { machines, power, compute } = await running()
    await machines.deallocate('grid', 'vm', quick)
    expect(power()).toBe('deallocated')
    const { statuses } = await compute.virtualMachines.instanceView('grid', 'vm')
    expect(statuses?.[1]).toMatchObject({
      code: 'PowerState/deallocated',
      displayStatus: 'VM deallocated',
    })
    await machines.start('grid', 'vm', quick)
    expect(power()).toBe('running')
  })
  test('that runs already is started in vain, and still takes its user data', async () => {
    const opened = await openSandbox({ bootTime: 500, agents: 'process' })
    await makeMachine(opened)
    await opened.compute.virtualMachines.start('grid', 'vm', quick)
    const console = () => opened.sandbox.azure.virtualMachines()[0]?.console
    await expect.poll(console).toContain('cloud-init: wrote 0 files')
  })
  test('is stopped without giving up its host', async () => {
    const { machines, power } = await running()
    await machines.powerOff('grid', 'vm', quick)
    expect(power()).toBe('stopped')
    expect(await refusalCode(machines.restart('grid', 'vm').submitted())).toBe(
      'OperationNotAllowed',
    )
  })
  test('is restarted, which its user data does not notice', async () => {
    const { machines, power, sandbox } = await running()
    await machines.restart('grid', 'vm', quick)
    expect(power()).toBe('running')
    const console = () => sandbox.azure.virtualMachines()[0]?.console ?? ''
    await expect.poll(console).toContain('cloud-init: wrote 0 files')
    expect(await refusalCode(machines.restart('grid', 'other').submitted())).toBe(
      'ResourceNotFound',
    )
  })
  test('that was deallocated counts against no quota', async () => {
    const opened = await openSandbox({ azure: { coreLimit: 2 } })
    await makeMachine(opened, 'one')
    await opened.compute.virtualMachines.deallocate('grid', 'one', quick)
    await makeMachine(opened, 'two')
    expect(opened.sandbox.azure.virtualMachines()).toHaveLength(2)
  })
  test('is not touched while it is being made', async () => {
    const opened = await openSandbox({ bootTime: 2000 })
    await makeNetwork(opened)
    const { virtualMachines: machines } = opened.compute
    const interfaceId = await makeInterface(opened, 'nic')
    await machines.createOrUpdate('grid', 'vm', machine(interfaceId)).submitted()
    expect(await refusal(machines.restart('grid', 'vm').submitted())).toMatchObject({
      statusCode: 409,
    })
  })
})

describe('the serial log', () => {
  const userData = [
    '#cloud-config',
    'write_files:',
    '- path: /opt/kontena/enrol',
    "  permissions: '0755'",
    '  content: |',
    '    #!/bin/sh',
    '    echo hello from the machine',
    '',
  ].join('\n')
  const osProfile = {
    ...machine('').osProfile,
    customData: Buffer.from(userData).toString('base64'),
  }

  test('is read at a signed address, and nowhere else', async () => {
    const opened = await openSandbox({ agents: 'process' })
    await makeMachine(opened, 'vm', { osProfile })
    const { virtualMachines: machines } = opened.compute
    const read = async () => {
      const data = await machines.retrieveBootDiagnosticsData('grid', 'vm', {
        sasUriExpirationTimeInMinutes: 5,
      })
      return data.serialConsoleLogBlobUri ?? ''
    }
    await expect
      .poll(async () => (await fetch(await read())).text())
      .toContain('hello from the machine')
    const address = await read()
    expect((await fetch(address.replace(/sig=.*/, 'sig=guess'))).status).toBe(403)
    expect((await fetch(address.replace(/se=[^&]*/, 'se=2999-01-01'))).status).toBe(403)
    expect((await fetch(address.split('?')[0] ?? '')).status).toBe(403)
  })
  test('is kept only where that was asked for', async () => {
    const opened = await openSandbox()
    await makeMachine(opened, 'vm', { diagnosticsProfile: {} })
    const read = opened.compute.virtualMachines.retrieveBootDiagnosticsData('grid', 'vm')
    expect(await refusalCode(read)).toBe('OperationNotAllowed')
  })
  test('has nothing in it before the machine printed', async () => {
    const opened = await openSandbox({ agents: 'none' })
    await makeMachine(opened)
    const data = await opened.compute.virtualMachines.retrieveBootDiagnosticsData('grid', 'vm')
    expect((await fetch(data.serialConsoleLogBlobUri ?? '')).status).toBe(404)
  })
})

test('user data finds the machine as cloud-init knows it on Azure', async () => {
  const opened = await openSandbox({ agents: 'process' })
  const script = [
    '## template: jinja',
    '#cloud-config',
    'write_files:',
    '- path: /opt/kontena/enrol',
    "  permissions: '0755'",
    '  content: |',
    '    #!/bin/sh',
    '    echo {{ v1.local_hostname }} {{ v1.instance_id }} {{ v1.region }}',
    '    echo {{ (ds.meta_data.imds.compute.resourceGroupName ~ "/" ~ ds.meta_data.imds.compute.name) | lower }}',
    '    echo zone {{ ds.meta_data.imds.compute.zone }} size {{ ds.meta_data.imds.compute.vmSize }}',
    '    {% for tag in ds.meta_data.imds.compute.tagsList %}',
    '    echo tag {{ tag.name }} {{ tag.value }}',
    '    {% endfor %}',
    '',
  ].join('\n')
  await makeMachine(opened, 'VM', {
    zones: ['3'],
    tags: { 'kontena:grid': 'web' },
    osProfile: { ...machine('').osProfile, customData: Buffer.from(script).toString('base64') },
  })
  const [made] = opened.sandbox.azure.virtualMachines()
  const console = () => opened.sandbox.azure.virtualMachines()[0]?.console
  await expect.poll(console).toContain('tag kontena:grid web')
  expect(console()).toContain(`web-1 ${made?.vmId} westeurope\ngrid/vm\nzone 3 size Standard_B2s\n`)
})
