import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { instance } from './account-answers.ts'
import { type Ec2Stub, type StubRequest, startEc2Stub } from './ec2-stub.ts'
import { call, newOwner, openSession } from './orders.ts'
import type { XmlContent } from './xml.ts'

const owner = newOwner()
let ec2: Ec2Stub

beforeEach(async () => {
  ec2 = await startEc2Stub()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

const listed = (...instances: XmlContent[]) => ({
  body: { reservationSet: [{ instancesSet: instances }] },
})
/** Values of a repeated parameter, as `InstanceId.1`, `InstanceId.2`. */
const values = (parameters: StubRequest['parameters'], prefix: string): string[] =>
  Object.entries(parameters).flatMap(([name, value]) =>
    name.startsWith(`${prefix}.`) && /^\d+$/.test(name.slice(prefix.length + 1)) ? [value] : [],
  )

describe('finding', () => {
  test('by owner asks for its tags, and goes through all pages', async () => {
    ec2.answer('DescribeInstances', ({ parameters }) => {
      const isFirst = parameters.NextToken === undefined
      const { body } = listed(instance(isFirst ? 'i-1' : 'i-2'))
      return { body: { ...body, nextToken: isFirst ? 'more' : '' } }
    })
    const session = await openSession()
    const found = await session.find({ owner, order: 'order-1' }, call)
    expect(found.map(({ id }) => id)).toEqual(['i-1', 'i-2'])
    expect(ec2.sent('DescribeInstances')[0]).toMatchObject({
      'Filter.1.Name': 'tag:kontena:master',
      'Filter.1.Value.1': owner.master,
      'Filter.2.Name': 'tag:kontena:grid',
      'Filter.2.Value.1': 'demo',
      'Filter.3.Name': 'tag:kontena:order',
      'Filter.3.Value.1': 'order-1',
      MaxResults: '1000',
    })
  })

  test('254 machines by id is one request, without MaxResults, which EC2 refuses beside ids', async () => {
    const ids = Array.from({ length: 254 }, (_, index) => `i-${index}`)
    ec2.answer('DescribeInstances', listed(...ids.map((id) => instance(id))))
    const session = await openSession()
    expect(await session.find({ ids }, call)).toHaveLength(254)
    expect(ec2.requests).toHaveLength(1)
    expect(ec2.sent('DescribeInstances')[0]).not.toHaveProperty('MaxResults')
  })

  test('more ids than EC2 takes at once go in several requests', async () => {
    const ids = Array.from({ length: 1_001 }, (_, index) => `i-${index}`)
    ec2.answer('DescribeInstances', ({ parameters }) =>
      listed(...values(parameters, 'InstanceId').map((id) => instance(id))),
    )
    const session = await openSession()
    expect(await session.find({ ids }, call)).toHaveLength(1_001)
    expect(ec2.requests).toHaveLength(3)
  })

  test('no ids is no request', async () => {
    const session = await openSession()
    expect(await session.find({ ids: [] }, call)).toEqual([])
    expect(ec2.requests).toEqual([])
  })

  test('an id that EC2 does not know, or not yet, hides none of the others', async () => {
    ec2.answer('DescribeInstances', ({ parameters }) =>
      parameters['InstanceId.1'] === undefined
        ? listed(instance('i-1'))
        : { error: 'InvalidInstanceID.NotFound' },
    )
    const session = await openSession()
    const found = await session.find({ ids: ['i-1', 'i-gone'] }, call)
    expect(found.map(({ id }) => id)).toEqual(['i-1'])
    expect(values(ec2.sent('DescribeInstances')[1] ?? {}, 'Filter.1.Value')).toEqual([
      'i-1',
      'i-gone',
    ])
  })

  test('tells all that the kernel needs', async () => {
    const tags = {
      'kontena:master': owner.master,
      'kontena:grid': 'demo',
      'kontena:order': 'order-1',
      'kontena:node': 'web-1',
      Name: 'whatever',
    }
    ec2.answer(
      'DescribeInstances',
      listed(
        instance('i-1', {
          amiLaunchIndex: 3,
          clientToken: 'order-1-0',
          instanceType: 't3.small',
          ipAddress: '198.51.100.7',
          privateIpAddress: '10.0.0.7',
          tagSet: Object.entries(tags).map(([key, value]) => ({ key, value })),
        }),
      ),
    )
    const session = await openSession()
    expect(await session.find({ ids: ['i-1'] }, call)).toEqual([
      {
        id: 'i-1',
        name: 'web-1',
        state: 'running',
        zone: 'eu-west-1a',
        launchIndex: 3,
        publicAddress: '198.51.100.7',
        privateAddress: '10.0.0.7',
        owner,
        order: 'order-1',
        token: 'order-1-0',
        type: 't3.small',
        reason: undefined,
      },
    ])
  })

  test.each([
    ['pending', 'pending'],
    ['running', 'running'],
    ['stopping', 'stopping'],
    ['stopped', 'stopped'],
    ['shutting-down', 'going'],
    ['terminated', 'gone'],
  ])('calls %s %s', async (name, state) => {
    ec2.answer('DescribeInstances', listed(instance('i-1', { instanceState: { name } })))
    const session = await openSession()
    expect((await session.find({ ids: ['i-1'] }, call))[0]?.state).toBe(state)
  })

  test('a machine that never ran keeps why', async () => {
    const because = (code: string, message: string) => ({
      instanceState: { name: 'terminated' },
      stateReason: { code, message },
    })
    ec2.answer(
      'DescribeInstances',
      listed(
        instance('i-1', because('Server.InternalError', 'Server.InternalError: it broke')),
        instance('i-2', because('Client.VolumeLimitExceeded', 'Volume limit exceeded')),
      ),
    )
    const session = await openSession()
    const found = await session.find({ ids: ['i-1', 'i-2'] }, call)
    expect(found.map(({ reason }) => reason)).toEqual([
      'Server.InternalError: it broke',
      'Client.VolumeLimitExceeded: Volume limit exceeded',
    ])
  })
})

describe('terminating', () => {
  const ids = ['i-1', 'i-2', 'i-3']

  test('is one request', async () => {
    ec2.answer('TerminateInstances', { body: { instancesSet: [] } })
    const session = await openSession()
    await session.terminate(ids, call)
    expect(ec2.sent('TerminateInstances').map((sent) => values(sent, 'InstanceId'))).toEqual([ids])
  })

  test('goes on for the others where one is unknown', async () => {
    ec2.answer(
      'TerminateInstances',
      { error: 'InvalidInstanceID.NotFound' },
      { body: { instancesSet: [] } },
    )
    ec2.answer(
      'DescribeInstances',
      listed(instance('i-1'), instance('i-2', { instanceState: { name: 'terminated' } })),
    )
    const session = await openSession()
    await session.terminate(ids, call)
    expect(values(ec2.sent('TerminateInstances')[1] ?? {}, 'InstanceId')).toEqual(['i-1'])
  })

  test('machines that are all gone is success', async () => {
    ec2.answer('TerminateInstances', { error: 'InvalidInstanceID.NotFound' })
    ec2.answer('DescribeInstances', { body: { reservationSet: [] } })
    const session = await openSession()
    await session.terminate(ids, call)
    expect(ec2.sent('TerminateInstances')).toHaveLength(1)
  })

  test('a protected machine says how to end the protection', async () => {
    ec2.answer('TerminateInstances', { error: 'OperationNotPermitted' })
    const session = await openSession()
    await expect(session.terminate([...ids, 'i-4', 'i-5'], call)).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: 'AWS does not permit ec2:TerminateInstances on machines i-1, i-2, i-3 and 2 more',
      hint: expect.stringContaining('--no-disable-api-termination'),
    })
  })
})

test('restarting a machine that is not there is an error', async () => {
  ec2.answer('RebootInstances', { error: 'InvalidInstanceID.NotFound' })
  const session = await openSession()
  await expect(session.restart?.(['i-1'], call)).rejects.toMatchObject({
    code: 'NOT_FOUND',
    message: 'AWS does not know machine i-1 (InvalidInstanceID.NotFound)',
  })
})

describe('naming', () => {
  const machines = Array.from({ length: 20 }, (_, index) => ({
    id: `i-${index}`,
    name: `web-${index}`,
  }))

  test('writes both tags on each machine', async () => {
    ec2.answer('CreateTags', { body: { return: true } })
    const session = await openSession()
    await session.nameMachines?.(machines, call)
    expect(ec2.sent('CreateTags')).toHaveLength(20)
    expect(ec2.sent('CreateTags')[0]).toMatchObject({
      'Tag.1.Key': 'Name',
      'Tag.2.Key': 'kontena:node',
    })
  })

  test('a machine that EC2 does not know yet is worth another try', async () => {
    ec2.answer('CreateTags', { error: 'InvalidInstanceID.NotFound' }, { body: { return: true } })
    const session = await openSession()
    await expect(session.nameMachines?.(machines, call)).rejects.toMatchObject({
      code: 'BUSY',
      message: expect.stringMatching(/^EC2 does not know machine i-\d yet, or no longer$/),
    })
  })

  test('goes on after a failure, and tells it in the end', async () => {
    ec2.answer('CreateTags', { error: 'RequestLimitExceeded', status: 503 }, { body: {} })
    const session = await openSession()
    await expect(session.nameMachines?.(machines, call)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
    })
    expect(ec2.sent('CreateTags')).toHaveLength(20)
  })
})

describe('the console', () => {
  const output = (text: string) => ({ body: { output: Buffer.from(text).toString('base64') } })

  test('is the latest output', async () => {
    ec2.answer('GetConsoleOutput', output('boot\nlogin: é\n'))
    const session = await openSession()
    expect(await session.consoleLog?.('i-1', call)).toBe('boot\nlogin: é\n')
    expect(ec2.sent('GetConsoleOutput')[0]).toMatchObject({ Latest: 'true' })
  })

  test('of an older type is what was there after a state change', async () => {
    ec2.answer('GetConsoleOutput', { error: 'UnsupportedOperation' }, output('old'))
    const session = await openSession()
    expect(await session.consoleLog?.('i-1', call)).toBe('old')
    expect(ec2.sent('GetConsoleOutput')[1]).not.toHaveProperty('Latest')
  })

  test('that is empty is none', async () => {
    ec2.answer('GetConsoleOutput', { body: { instanceId: 'i-1' } })
    const session = await openSession()
    expect(await session.consoleLog?.('i-1', call)).toBeUndefined()
  })

  test('is cut to its end', async () => {
    ec2.answer('GetConsoleOutput', output(`${'x'.repeat(60_000)}the end`))
    const session = await openSession()
    const text = await session.consoleLog?.('i-1', call)
    expect(text).toMatch(/the end$/)
    expect(text?.length).toBe(16_384)
  })
})
