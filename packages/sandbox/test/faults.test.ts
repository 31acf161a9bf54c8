import {
  CreateSecurityGroupCommand,
  DescribeRegionsCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { openFaults } from '../src/faults.ts'
import { openSandbox, refusal, refusalCode, run } from './ec2/open.ts'

describe('a fault', () => {
  test('strikes as often as it says, and only the call it means', () => {
    const faults = openFaults()
    faults.add({ kind: 'throttle', action: 'RunInstances', zone: 'a', times: 2 })
    const strikes = (action: string, zone?: string) =>
      faults.take('throttle', { action, zone }) !== undefined
    expect(strikes('TerminateInstances', 'a')).toBe(false)
    expect(strikes('RunInstances', 'b')).toBe(false)
    expect(strikes('RunInstances')).toBe(false)
    expect([1, 2, 3].map(() => strikes('RunInstances', 'a'))).toEqual([true, true, false])
    expect(faults.list()).toEqual([])
  })
  test('strikes until it is taken away where it does not say', () => {
    const faults = openFaults()
    const remove = faults.add({ kind: 'reset' })
    const strikes = () => faults.take('reset', { action: 'Any' }) !== undefined
    expect([strikes(), strikes(), strikes()]).toEqual([true, true, true])
    remove()
    expect(strikes()).toBe(false)
  })
  test('spares dry runs unless they are meant', () => {
    const faults = openFaults()
    faults.add({ kind: 'throttle' })
    faults.add({ kind: 'unauthorized' })
    const call = { action: 'RunInstances', dryRun: true }
    expect(faults.take('throttle', call)).toBeUndefined()
    expect(faults.take('unauthorized', call)).toBeDefined()
    faults.add({ kind: 'throttle', dryRun: true })
    expect(faults.take('throttle', call)).toBeDefined()
  })
  test('that is malformed is not taken', () => {
    expect(() => openFaults().add({ kind: 'throttle', times: 0 })).toThrow()
    expect(() => openFaults().add({ kind: 'slow', delay: -1 })).toThrow()
  })
})

describe('on EC2', () => {
  const create = new CreateSecurityGroupCommand({ GroupName: 'web', Description: 'for a test' })
  test('throttling and errors are in its words, and nothing happens', async () => {
    const { ec2, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'throttle', times: 1 })
    sandbox.faults.add({ kind: 'error', code: 'Unavailable', message: 'Try later.', status: 503 })
    expect(await refusal(run(ec2))).toMatchObject({ code: 'RequestLimitExceeded', status: 503 })
    expect(await refusal(run(ec2))).toEqual({
      code: 'Unavailable',
      status: 503,
      message: 'Try later.',
    })
    expect(sandbox.ec2.instances()).toEqual([])
  })
  test('a reset comes before the change, a timeout after it', async () => {
    const { ec2, sandbox } = await openSandbox()
    const groups = () => sandbox.ec2.securityGroups().filter(({ name }) => name === 'web').length
    sandbox.faults.add({ kind: 'reset', action: 'CreateSecurityGroup', times: 1 })
    await expect(ec2.send(create)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(groups()).toBe(0)
    sandbox.faults.add({ kind: 'timeout-after-commit', action: 'CreateSecurityGroup', times: 1 })
    await expect(ec2.send(create)).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(groups()).toBe(1)
    expect(await refusalCode(ec2.send(create))).toBe('InvalidGroup.Duplicate')
    expect(sandbox.calls.all().map(({ status }) => status)).toEqual([0, 0, 400])
  })
  test('a hook is awaited between the change and the reply', async () => {
    const { ec2, sandbox } = await openSandbox()
    const seen: unknown[] = []
    let release: () => void = () => {}
    const held = new Promise<void>((resolve) => {
      release = resolve
    })
    sandbox.faults.add({
      kind: 'after-commit',
      action: 'RunInstances',
      times: 1,
      hook: async ({ action, zone }) => {
        seen.push(action, zone, sandbox.ec2.instances().length)
        await held
      },
    })
    let isAnswered = false
    const call = run(ec2, { Placement: { AvailabilityZone: 'eu-west-1b' } }).then(() => {
      isAnswered = true
    })
    await expect.poll(() => seen).toEqual(['RunInstances', 'eu-west-1b', 1])
    await ec2.send(new DescribeRegionsCommand({}))
    expect(isAnswered).toBe(false)
    release()
    await call
  })
  test('a slow call waits', async () => {
    const { ec2, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'slow', action: 'DescribeVpcs', delay: 150, times: 1 })
    const started = Date.now()
    await ec2.send(new DescribeVpcsCommand({}))
    expect(Date.now() - started).toBeGreaterThanOrEqual(149)
  })
})

describe('over HTTP', () => {
  test('faults are added, listed and cleared', async () => {
    const { ec2, sandbox } = await openSandbox()
    const url = `${sandbox.url}/_sandbox/faults`
    const add = (body: unknown) => fetch(url, { method: 'POST', body: JSON.stringify(body) })
    const fault = { kind: 'unauthorized', action: 'DescribeVpcs' }
    expect((await add([fault, { kind: 'reset', action: 'RunInstances' }])).status).toBe(201)
    expect(await refusalCode(ec2.send(new DescribeVpcsCommand({})))).toBe('UnauthorizedOperation')
    expect(await (await fetch(url)).json()).toMatchObject([fault, { kind: 'reset' }])
    expect((await fetch(url, { method: 'DELETE' })).status).toBe(200)
    expect(sandbox.faults.list()).toEqual([])
    await ec2.send(new DescribeVpcsCommand({}))
  })
  test('what is no fault is refused with the reason', async () => {
    const { sandbox } = await openSandbox()
    const url = `${sandbox.url}/_sandbox/faults`
    for (const body of ['{"kind":"meteor"}', 'not json', '{"kind":"throttle","often":1}']) {
      const reply = await fetch(url, { method: 'POST', body })
      expect(reply.status).toBe(400)
      expect(await reply.json()).toMatchObject({ error: 'not a fault' })
    }
  })
  test('the calls made so far are listed and cleared', async () => {
    const { ec2, sandbox } = await openSandbox()
    await ec2.send(new DescribeVpcsCommand({}))
    const url = `${sandbox.url}/_sandbox/calls`
    expect(await (await fetch(url)).json()).toMatchObject([
      { action: 'DescribeVpcs', region: 'eu-west-1', dryRun: false, status: 200 },
    ])
    await fetch(url, { method: 'DELETE' })
    expect(sandbox.calls.all()).toEqual([])
    expect((await fetch(`${sandbox.url}/_sandbox/nothing`)).status).toBe(404)
    expect((await fetch(`${sandbox.url}/nothing`)).status).toBe(404)
  })
})

test('the log counts calls by name and by what is asked', async () => {
  const { ec2, sandbox } = await openSandbox()
  await run(ec2, { DryRun: true }).catch(() => {})
  await run(ec2)
  expect(sandbox.calls.count('RunInstances')).toBe(2)
  expect(sandbox.calls.count(({ dryRun }) => !dryRun)).toBe(1)
  expect(sandbox.calls.all()[0]).toMatchObject({
    dryRun: true,
    status: 412,
    code: 'DryRunOperation',
  })
  sandbox.calls.clear()
  expect(sandbox.calls.count(() => true)).toBe(0)
})
