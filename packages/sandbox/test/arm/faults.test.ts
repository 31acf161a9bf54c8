import { describe, expect, test } from 'vitest'
import { collect, openSandbox, refusal, send } from './open.ts'
import {
  idOf,
  location,
  machine,
  makeInterface,
  makeMachine,
  makeNetwork,
  quick,
} from './things.ts'

async function ready(options = {}) {
  const opened = await openSandbox(options)
  await makeNetwork(opened)
  const interfaceId = await makeInterface(opened, 'nic')
  const create = (others = {}) =>
    opened.compute.virtualMachines.createOrUpdate('grid', 'vm', machine(interfaceId, others), quick)
  return { ...opened, create }
}

describe('throttling', () => {
  test('says when to come back, or does not', async () => {
    const opened = await openSandbox()
    opened.sandbox.faults.add({ kind: 'throttle', times: 1, retryAfter: 7 })
    opened.sandbox.faults.add({ kind: 'throttle', times: 1 })
    const target = `/subscriptions/${opened.subscription}/resourcegroups?api-version=2025-04-01`
    const [first, second] = [await send(opened, 'GET', target), await send(opened, 'GET', target)]
    expect(first.status).toBe(429)
    expect(first.body).toMatchObject({ error: { code: 'TooManyRequests' } })
    expect(first.headers.get('retry-after')).toBe('7')
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, null])
    expect((await send(opened, 'GET', target)).status).toBe(200)
  })
})

describe('a right that is missing', () => {
  test('is named, with the place that it is missing for', async () => {
    const { sandbox, network, subscription } = await openSandbox()
    sandbox.faults.add({ kind: 'unauthorized', action: 'applicationSecurityGroups.createOrUpdate' })
    const put = network.applicationSecurityGroups.createOrUpdate('grid', 'asg', { location })
    const refused = await refusal(put.submitted())
    expect(refused).toMatchObject({ code: 'AuthorizationFailed', statusCode: 403 })
    expect(refused.message).toContain("'Microsoft.Network/applicationSecurityGroups/write'")
    expect(refused.message).toContain(
      idOf({ subscription }, 'Microsoft.Network/applicationSecurityGroups/asg'),
    )
    expect(sandbox.azure.applicationGroups()).toEqual([])
  })
})

describe('a connection that breaks', () => {
  test('before the change leaves nothing, and after it everything', async () => {
    const { sandbox, network } = await openSandbox()
    const action = 'applicationSecurityGroups.createOrUpdate'
    const put = (name: string) =>
      network.applicationSecurityGroups.createOrUpdate('grid', name, { location }).submitted()
    const names = () => sandbox.azure.applicationGroups().map(({ name }) => name)
    sandbox.faults.add({ kind: 'reset', action, times: 1 })
    await expect(put('a')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(names()).toEqual([])
    sandbox.faults.add({ kind: 'timeout-after-commit', action, times: 1 })
    await expect(put('b')).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(names()).toEqual(['b'])
    expect(sandbox.calls.all().slice(-2)).toMatchObject([
      { action, region: location, status: 0 },
      { action, region: location, status: 0 },
    ])
  })
  test('may be waited for between the change and the reply', async () => {
    const { sandbox, network } = await openSandbox()
    const seen: unknown[] = []
    sandbox.faults.add({
      kind: 'after-commit',
      action: 'applicationSecurityGroups.createOrUpdate',
      times: 1,
      hook: ({ action }) => {
        seen.push(action, sandbox.azure.applicationGroups().length)
      },
    })
    await network.applicationSecurityGroups.createOrUpdate('grid', 'asg', { location }, quick)
    expect(seen).toEqual(['applicationSecurityGroups.createOrUpdate', 1])
  })
})

describe('an error', () => {
  test('strikes the zone that it names', async () => {
    const { sandbox, create } = await ready()
    sandbox.faults.add({ kind: 'error', zone: 'westeurope-2', code: 'Broken', status: 500 })
    expect(await refusal(create({ zones: ['2'] }).submitted())).toMatchObject({
      code: 'Broken',
      statusCode: 500,
    })
    expect(await create({ zones: ['1'] })).toMatchObject({ provisioningState: 'Succeeded' })
  })
})

describe('a machine that cannot be', () => {
  test('for want of a host is refused at once', async () => {
    const { sandbox, create } = await ready()
    sandbox.faults.add({ kind: 'no-capacity', type: 'Standard_B2s', times: 1 })
    expect(await refusal(create().submitted())).toMatchObject({
      code: 'SkuNotAvailable',
      statusCode: 409,
    })
    expect(sandbox.azure.virtualMachines()).toEqual([])
    await create()
  })
  test('for want of a host elsewhere is none of its business', async () => {
    const { sandbox, create } = await ready()
    sandbox.faults.add({ kind: 'no-capacity', zone: 'westeurope-3' })
    sandbox.faults.add({ kind: 'no-capacity', type: 'Standard_D2s_v5' })
    expect(await create()).toMatchObject({ provisioningState: 'Succeeded' })
  })
  test('fails, says why, and is deleted like any other', async () => {
    const { sandbox, create, compute } = await ready()
    sandbox.faults.add({
      kind: 'boot-failure',
      code: 'OSProvisioningTimedOut',
      message: 'too slow',
    })
    await expect(create()).rejects.toThrow(/OSProvisioningTimedOut/)
    const [found] = await collect(compute.virtualMachines.list('grid', { expand: 'instanceView' }))
    expect(found?.provisioningState).toBe('Failed')
    expect(found?.instanceView?.statuses).toMatchObject([
      { code: 'ProvisioningState/failed/OSProvisioningTimedOut', message: 'too slow' },
    ])
    await compute.virtualMachines.delete('grid', 'vm', quick)
    expect(sandbox.azure.virtualMachines()).toEqual([])
    expect(sandbox.azure.disks()).toEqual([])
  })
  test('fails in Azure’s words where none are given', async () => {
    const { sandbox, create } = await ready()
    sandbox.faults.add({ kind: 'boot-failure' })
    await expect(create()).rejects.toThrow(/InternalExecutionError/)
  })
})

describe('a machine that misbehaves', () => {
  test('prints what it was told and nothing else', async () => {
    const opened = await openSandbox({ agents: 'process' })
    opened.sandbox.faults.add({ kind: 'boot-console', text: 'Kernel panic\n' })
    await makeMachine(opened)
    const console = () => opened.sandbox.azure.virtualMachines()[0]?.console
    await expect.poll(console).toBe('Kernel panic\n')
  })
  test('takes its time to go', async () => {
    const opened = await openSandbox()
    await makeMachine(opened, 'vm', { zones: ['1'] })
    opened.sandbox.faults.add({ kind: 'slow-terminate', zone: 'westeurope-1', delay: 300 })
    const started = performance.now()
    await opened.compute.virtualMachines.delete('grid', 'vm', quick)
    expect(performance.now() - started).toBeGreaterThanOrEqual(299)
  })
})

test('lists lag behind where that is asked for, and names do not', async () => {
  const { compute, network, create } = await ready({ consistencyDelay: 60_000 })
  await create()
  expect(await collect(compute.virtualMachines.list('grid'))).toEqual([])
  expect(await collect(compute.virtualMachines.listAll())).toEqual([])
  expect(await collect(network.networkInterfaces.list('grid'))).toEqual([])
  expect(await compute.virtualMachines.get('grid', 'vm')).toMatchObject({ name: 'vm' })
  expect(await network.networkInterfaces.get('grid', 'nic')).toMatchObject({ name: 'nic' })
})
