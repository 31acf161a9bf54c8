import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import type { SandboxOptions } from '../../src/index.ts'
import { collect, type Opened, openSandbox, refusal, refusalCode } from './open.ts'
import { deploymentOf, group, machineParts, type TemplateResource } from './template.ts'
import { idOf, makeNetwork, quick } from './things.ts'

async function ready(options: SandboxOptions = {}) {
  const opened = await openSandbox(options)
  await makeNetwork(opened)
  const { deployments } = opened.deployments
  const deploy = (resources: readonly TemplateResource[], name = 'one') =>
    deployments.createOrUpdate('grid', name, deploymentOf(resources), quick)
  return { ...opened, all: deployments, deploy }
}

/** Waits for the end of a deployment, however that is. */
async function end({ sandbox }: Pick<Opened, 'sandbox'>) {
  const state = () => sandbox.azure.deployments()[0]?.state
  await expect.poll(state, { timeout: 5000 }).toMatch(/Succeeded|Failed|Canceled/)
  return state()
}

const invalid = z.object({
  error: z.object({
    code: z.literal('InvalidTemplateDeployment'),
    details: z.array(z.unknown()),
  }),
})

/** What is wrong in particular with a deployment that is refused as a whole. */
async function invalidDetails({ refusals }: Opened, call: Promise<unknown>) {
  expect(await refusal(call)).toMatchObject({ code: 'InvalidTemplateDeployment', statusCode: 400 })
  return invalid.parse(refusals.at(-1)).error.details
}

describe('a deployment', () => {
  test('makes what its template says, each after what it depends on', async () => {
    const opened = await ready()
    const { sandbox, deploy } = opened
    const parts = ['web-1', 'web-2'].flatMap((name) => machineParts(opened, name, { zone: '2' }))
    const done = await deploy([...parts].reverse())
    expect(done.properties).toMatchObject({ provisioningState: 'Succeeded', mode: 'Incremental' })
    expect(done.properties?.outputResources).toHaveLength(6)
    expect(done.properties?.dependencies).toHaveLength(4)
    expect(sandbox.azure.virtualMachines()).toMatchObject([
      { computerName: 'web-2', zones: ['2'], state: 'Succeeded' },
      { computerName: 'web-1', zones: ['2'], state: 'Succeeded' },
    ])
    expect(sandbox.azure.networkInterfaces().every(({ machineId }) => machineId)).toBe(true)
    const [shown] = sandbox.azure.deployments()
    expect(shown?.resources).toHaveLength(6)
    expect(shown?.resources).toContainEqual({
      type: 'Microsoft.Compute/virtualMachines',
      name: 'web-1',
      body: expect.objectContaining({ zones: ['2'] }),
    })
  })
  test('is taken at once, and followed by its operations', async () => {
    const opened = await ready({ bootTime: 200 })
    const { all, deploy, sandbox, deployments } = opened
    const poller = deploy(machineParts(opened, 'web-1'))
    await poller.submitted()
    expect(sandbox.azure.virtualMachines()).toEqual([])
    expect((await all.get('grid', 'one')).properties?.provisioningState).toMatch(/Accepted|Running/)
    await poller
    const steps = await collect(deployments.deploymentOperations.list('grid', 'one'))
    expect(steps.map(({ properties }) => properties)).toMatchObject([
      { provisioningState: 'Succeeded', targetResource: { resourceName: 'web-1-ip' } },
      { provisioningState: 'Succeeded', targetResource: { resourceName: 'web-1-nic' } },
      { provisioningState: 'Succeeded', targetResource: { resourceName: 'web-1' } },
    ])
  })
  test('changes nothing when it is put again', async () => {
    const opened = await ready()
    const { deploy, sandbox } = opened
    const parts = machineParts(opened, 'web-1')
    await deploy(parts)
    const before = sandbox.azure.virtualMachines()[0]?.vmId
    await deploy(parts)
    expect(sandbox.azure.virtualMachines().map(({ vmId }) => vmId)).toEqual([before])
    expect(sandbox.azure.publicAddresses()).toHaveLength(1)
  })
  test('is not replaced or deleted while it runs', async () => {
    const opened = await ready({ bootTime: 1000 })
    const { all, deploy } = opened
    const parts = machineParts(opened, 'web-1')
    const first = deploy(parts)
    await first.submitted()
    const second = await refusal(deploy(parts).submitted())
    expect(second).toMatchObject({ code: 'DeploymentActive', statusCode: 409 })
    expect(await refusalCode(all.delete('grid', 'one').submitted())).toBe('DeploymentActive')
    await first
  })
  test('is listed, found by its state, and forgotten without what it made', async () => {
    const opened = await ready()
    const { all, deploy, sandbox } = opened
    await deploy([group('asg')])
    expect((await collect(all.listByResourceGroup('grid'))).map(({ name }) => name)).toEqual([
      'one',
    ])
    const failed = all.listByResourceGroup('grid', { filter: "provisioningState eq 'Failed'" })
    expect(await collect(failed)).toEqual([])
    expect(await all.checkExistence('grid', 'one')).toMatchObject({ body: true })
    await all.delete('grid', 'one', quick)
    expect(await all.checkExistence('grid', 'one')).toMatchObject({ body: false })
    expect(await refusalCode(all.get('grid', 'one'))).toBe('DeploymentNotFound')
    await all.delete('grid', 'one', quick)
    expect(sandbox.azure.applicationGroups()).toHaveLength(1)
  })
  test('that is canceled begins nothing more', async () => {
    const opened = await ready({ bootTime: 3900 })
    const { all, deploy, sandbox } = opened
    const poller = deploy(machineParts(opened, 'web-1'))
    const outcome = expect(poller).rejects.toThrow(/cancel/i)
    await poller.submitted()
    await expect.poll(() => sandbox.azure.publicAddresses().length).toBe(1)
    await all.cancel('grid', 'one')
    await outcome
    await expect.poll(() => sandbox.azure.publicAddresses()[0]?.state).toBe('Succeeded')
    expect(sandbox.azure.networkInterfaces()).toEqual([])
    expect(sandbox.azure.deployments()).toMatchObject([{ state: 'Canceled' }])
    expect(await refusalCode(all.cancel('grid', 'one'))).toBe('DeploymentCannotBeCancelled')
  })
  test('never shows what was secure', async () => {
    const opened = await ready()
    const template = {
      parameters: { secret: { type: 'secureString' }, name: { type: 'string' } },
    }
    const parameters = { secret: { value: 'hunter2' }, name: { value: 'asg' } }
    const body = deploymentOf([group("[parameters('name')]")], { template, parameters })
    const done = await opened.all.createOrUpdate('grid', 'one', body, quick)
    expect(done.properties?.parameters).toEqual({
      secret: { type: 'SecureString' },
      name: { type: 'String', value: 'asg' },
    })
    const steps = await collect(opened.deployments.deploymentOperations.list('grid', 'one'))
    expect(JSON.stringify([done, steps])).not.toContain('hunter2')
  })
  test('can be tried out, which makes nothing', async () => {
    const opened = await ready()
    const { all, sandbox } = opened
    const body = deploymentOf(machineParts(opened, 'web-1'))
    const tried = await all.validate('grid', 'one', body, quick)
    expect(tried.properties?.validatedResources).toHaveLength(3)
    expect(sandbox.azure.publicAddresses()).toEqual([])
    expect(sandbox.azure.deployments()).toEqual([])
    expect(
      sandbox.calls.all().find(({ action }) => action === 'deployments.validate')?.dryRun,
    ).toBe(true)
  })
})

describe('before it begins, Azure refuses', () => {
  test('machines for which there is no room, or no right', async () => {
    const opened = await ready()
    const { deploy, sandbox } = opened
    const details = [{ code: 'SkuNotAvailable' }]
    const restricted = machineParts(opened, 'a', { size: 'Standard_D4s_v5', zone: '3' })
    expect(await invalidDetails(opened, deploy(restricted).submitted())).toMatchObject(details)
    sandbox.faults.add({ kind: 'no-capacity', zone: 'westeurope-1', times: 1 })
    const parts = machineParts(opened, 'a', { zone: '1' })
    expect(await invalidDetails(opened, deploy(parts).submitted())).toMatchObject(details)
    expect(sandbox.azure.publicAddresses()).toEqual([])
    await deploy(parts)
  })
  test('more cores than the quota has, counted over all machines', async () => {
    const opened = await ready({ azure: { coreLimit: 3 } })
    const parts = ['a', 'b'].flatMap((name) => machineParts(opened, name))
    expect(await invalidDetails(opened, opened.deploy(parts).submitted())).toMatchObject([
      { code: 'QuotaExceeded', message: expect.stringContaining('Additional Required: 4') },
    ])
  })
  test('everything that is wrong, at once', async () => {
    const opened = await ready()
    const [address = group(''), , machine = group('')] = machineParts(opened, 'a', {
      size: 'Standard_X',
    })
    const parts = [
      { ...address, sku: { name: 'Basic' } },
      { ...machine, dependsOn: [] },
      group('x', { apiVersion: '1999-01-01' }),
    ]
    expect(await invalidDetails(opened, opened.deploy(parts).submitted())).toMatchObject([
      { code: 'IPv4BasicSkuPublicIpCountLimitReached' },
      { code: 'InvalidParameter' },
      { code: 'NoRegisteredProviderFound' },
    ])
  })
  test('services that the subscription is not registered for', async () => {
    const opened = await openSandbox({ azure: { unregistered: ['Microsoft.Compute'] } })
    await makeNetwork(opened)
    const body = deploymentOf(machineParts(opened, 'a'))
    const poller = opened.deployments.deployments.createOrUpdate('grid', 'one', body)
    expect(await invalidDetails(opened, poller.submitted())).toMatchObject([
      { code: 'MissingSubscriptionRegistration' },
    ])
  })
})

describe('a deployment that fails in part', () => {
  test('leaves a machine for which there was no host, and makes the others', async () => {
    const opened = await ready({ bootTime: 100 })
    const { sandbox, deploy, all, deployments } = opened
    sandbox.faults.add({ kind: 'no-capacity', zone: 'westeurope-1', after: 1 })
    const parts = ['a', 'b'].flatMap((name) => machineParts(opened, name, { zone: '1' }))
    await expect(deploy(parts)).rejects.toThrow(/DeploymentFailed/)
    const { properties } = await all.get('grid', 'one')
    expect(properties).toMatchObject({
      provisioningState: 'Failed',
      error: {
        code: 'DeploymentFailed',
        details: [
          {
            code: 'ResourceDeploymentFailure',
            target: idOf(opened, 'Microsoft.Compute/virtualMachines/b'),
            details: [{ code: 'ZonalAllocationFailed' }],
          },
        ],
      },
    })
    const steps = await collect(deployments.deploymentOperations.list('grid', 'one'))
    expect(steps.filter((step) => step.properties?.provisioningState === 'Failed')).toMatchObject([
      { properties: { statusCode: 'Conflict', targetResource: { resourceName: 'b' } } },
    ])
    expect(sandbox.azure.virtualMachines()).toMatchObject([
      { name: 'a', state: 'Succeeded', power: 'running' },
      { name: 'b', state: 'Failed', power: undefined, failure: 'ZonalAllocationFailed' },
    ])
    const view = await opened.compute.virtualMachines.instanceView('grid', 'b')
    expect(view.statuses?.map(({ code }) => code)).toEqual([
      'ProvisioningState/failed/ZonalAllocationFailed',
    ])
  })
  test('does not begin what depends on the part that failed', async () => {
    const opened = await ready()
    const { sandbox, deploy } = opened
    sandbox.faults.add({
      kind: 'error',
      action: 'networkInterfaces.createOrUpdate',
      code: 'SubnetIsFull',
      times: 1,
    })
    const parts = ['a', 'b'].flatMap((name) => machineParts(opened, name))
    await deploy(parts).submitted()
    expect(await end(opened)).toBe('Failed')
    expect(sandbox.azure.publicAddresses()).toHaveLength(2)
    expect(sandbox.azure.networkInterfaces()).toHaveLength(1)
    expect(sandbox.azure.virtualMachines()).toHaveLength(1)
    expect(sandbox.azure.deployments()).toMatchObject([{ failure: 'DeploymentFailed' }])
  })
  test('fails where something that it refers to is not there', async () => {
    const opened = await openSandbox()
    const body = deploymentOf(machineParts(opened, 'a'))
    await opened.deployments.deployments.createOrUpdate('grid', 'one', body).submitted()
    expect(await end(opened)).toBe('Failed')
    const [, step] = await collect(opened.deployments.deploymentOperations.list('grid', 'one'))
    expect(step?.properties).toMatchObject({
      statusCode: 'BadRequest',
      statusMessage: { error: { code: 'InvalidResourceReference' } },
    })
  })
  test('fails where its group goes away', async () => {
    const opened = await ready({ bootTime: 2000 })
    await opened.deploy(machineParts(opened, 'a')).submitted()
    await opened.resources.resourceGroups.delete('grid').submitted()
    await expect.poll(() => opened.sandbox.azure.resourceGroups(), { timeout: 5000 }).toEqual([])
    expect(opened.sandbox.azure.virtualMachines()).toEqual([])
    expect(opened.sandbox.azure.networkInterfaces()).toEqual([])
  })
})
