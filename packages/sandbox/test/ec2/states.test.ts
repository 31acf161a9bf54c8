import {
  DescribeInstanceStatusCommand,
  DescribeInstancesCommand,
  type EC2Client,
  GetConsoleOutputCommand,
  RebootInstancesCommand,
  StartInstancesCommand,
  StopInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test, vi } from 'vitest'
import type { Sandbox } from '../../src/index.ts'
import { openSandbox, refusal, refusalCode, run } from './open.ts'

async function describeOne(ec2: EC2Client, id: string) {
  const { Reservations } = await ec2.send(new DescribeInstancesCommand({ InstanceIds: [id] }))
  return Reservations?.[0]?.Instances?.[0]
}

async function reaches(sandbox: Sandbox, state: string): Promise<void> {
  await vi.waitFor(
    () => expect(sandbox.ec2.instances().map((it) => it.state)).toEqual([state]),
    5000,
  )
}

async function running(options = {}) {
  const opened = await openSandbox(options)
  const { ids } = await run(opened.ec2)
  await reaches(opened.sandbox, 'running')
  return { ...opened, ids, id: ids[0] ?? '' }
}

describe('an instance', () => {
  test('is pending, then running, and has its public address only then', async () => {
    const { ec2, sandbox } = await openSandbox({ bootTime: 100 })
    const { instances, ids } = await run(ec2)
    expect(instances[0]).toMatchObject({ State: { Name: 'pending', Code: 0 } })
    expect(instances[0]?.PublicIpAddress).toBeUndefined()
    await reaches(sandbox, 'running')
    const now = await describeOne(ec2, ids[0] ?? '')
    expect(now).toMatchObject({ State: { Name: 'running', Code: 16 } })
    expect(now?.PublicIpAddress).toMatch(/^198\.18\./)
    expect(now?.StateReason).toBeUndefined()
  })
  test('that is terminated shuts down, then stays listed without network and disk', async () => {
    const { ec2, sandbox, ids, id } = await running({ bootTime: 100 })
    const reply = await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    expect(reply.TerminatingInstances).toMatchObject([
      { CurrentState: { Name: 'shutting-down' }, PreviousState: { Name: 'running' } },
    ])
    expect(sandbox.ec2.networkInterfaces()).toHaveLength(1)
    await reaches(sandbox, 'terminated')
    const gone = await describeOne(ec2, id)
    expect(gone).toMatchObject({
      StateReason: { Code: 'Client.UserInitiatedShutdown' },
      BlockDeviceMappings: [],
      NetworkInterfaces: [],
    })
    expect(gone?.PrivateIpAddress).toBeUndefined()
    expect([...sandbox.ec2.volumes(), ...sandbox.ec2.networkInterfaces()]).toEqual([])
  })
  test('may be terminated again, and while it is still pending', async () => {
    const { ec2, sandbox } = await openSandbox()
    const { ids } = await run(ec2)
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    await reaches(sandbox, 'terminated')
    const again = await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    expect(again.TerminatingInstances?.[0]?.CurrentState?.Name).toBe('terminated')
  })
  test('is spared when another id of the call is unknown', async () => {
    const { ec2, sandbox, ids } = await running()
    const unknown = ['i-0123456789abcdef0', 'i-0fedcba9876543210']
    const call = ec2.send(new TerminateInstancesCommand({ InstanceIds: [...ids, ...unknown] }))
    expect(await refusal(call)).toEqual({
      code: 'InvalidInstanceID.NotFound',
      status: 400,
      message: `The instance IDs '${unknown.join(', ')}' do not exist`,
    })
    expect(sandbox.ec2.instances()[0]?.state).toBe('running')
    const malformed = ec2.send(new TerminateInstancesCommand({ InstanceIds: ['web-1'] }))
    expect(await refusalCode(malformed)).toBe('InvalidInstanceID.Malformed')
  })
  test('that is protected is not terminated', async () => {
    const { ec2 } = await openSandbox()
    const { ids } = await run(ec2, { DisableApiTermination: true })
    const call = ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    expect(await refusalCode(call)).toBe('OperationNotPermitted')
  })
  test('stops and starts, and gets another public address', async () => {
    const { ec2, sandbox, ids } = await running()
    const before = sandbox.ec2.instances()[0]
    await ec2.send(new StopInstancesCommand({ InstanceIds: ids }))
    await reaches(sandbox, 'stopped')
    expect(sandbox.ec2.instances()[0]?.publicAddress).toBeUndefined()
    const reboot = ec2.send(new RebootInstancesCommand({ InstanceIds: ids }))
    expect(await refusalCode(reboot)).toBe('IncorrectInstanceState')
    await ec2.send(new StartInstancesCommand({ InstanceIds: ids }))
    await reaches(sandbox, 'running')
    const after = sandbox.ec2.instances()[0]
    expect(after?.privateAddress).toBe(before?.privateAddress)
    expect(after?.publicAddress).not.toBe(before?.publicAddress)
    await ec2.send(new RebootInstancesCommand({ InstanceIds: ids }))
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    const start = ec2.send(new StartInstancesCommand({ InstanceIds: ids }))
    expect(await refusalCode(start)).toBe('IncorrectInstanceState')
  })
  test('has a status once it runs, and before only when all are asked for', async () => {
    const { ec2, sandbox } = await openSandbox({ bootTime: 200 })
    await run(ec2)
    const statuses = async (IncludeAllInstances: boolean) => {
      const reply = await ec2.send(new DescribeInstanceStatusCommand({ IncludeAllInstances }))
      return reply.InstanceStatuses?.map(({ InstanceStatus }) => InstanceStatus?.Status)
    }
    expect(await statuses(false)).toEqual([])
    expect(await statuses(true)).toEqual(['not-applicable'])
    await reaches(sandbox, 'running')
    expect(await statuses(false)).toEqual(['ok'])
  })
})

describe('a fault', () => {
  test('ends a machine before it ran, with the reason', async () => {
    const { ec2, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'boot-failure', times: 1, code: 'Client.VolumeLimitExceeded' })
    const { ids } = await run(ec2, { MinCount: 2 })
    await vi.waitFor(() => {
      const states = sandbox.ec2.instances().map(({ state }) => state)
      expect(states).toEqual(['terminated', 'running'])
    })
    const failed = await describeOne(ec2, ids[0] ?? '')
    expect(failed?.StateReason?.Code).toBe('Client.VolumeLimitExceeded')
  })
  test('lets a machine print what it is told, and never come up', async () => {
    const { ec2, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'boot-console', text: 'Kernel panic - not syncing\n' })
    const { ids } = await run(ec2)
    await vi.waitFor(() => expect(sandbox.ec2.instances()[0]?.console).toContain('panic'))
    const InstanceId = ids[0] ?? ''
    const latest = await ec2.send(new GetConsoleOutputCommand({ InstanceId, Latest: true }))
    expect(Buffer.from(latest.Output ?? '', 'base64').toString()).toBe(
      'Kernel panic - not syncing\n',
    )
    const kept = await ec2.send(new GetConsoleOutputCommand({ InstanceId }))
    expect(kept.Output).toBeUndefined()
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    await reaches(sandbox, 'terminated')
    const last = await ec2.send(new GetConsoleOutputCommand({ InstanceId }))
    expect(Buffer.from(last.Output ?? '', 'base64').toString()).toContain('Kernel panic')
  })
  test('makes a machine take its time to go', async () => {
    const { ec2, sandbox, ids } = await running()
    sandbox.faults.add({ kind: 'slow-terminate', delay: 200 })
    const started = Date.now()
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    await reaches(sandbox, 'terminated')
    expect(Date.now() - started).toBeGreaterThanOrEqual(200)
  })
})
