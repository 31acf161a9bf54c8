import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { type FailureCode, isFailure, type ProvisionError } from '@kontena/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { explain } from '../src/errors.ts'
import { type Ec2Stub, type StubAnswer, startEc2Stub } from './ec2-stub.ts'
import { makeFolder } from './folder.ts'
import { call, openSession } from './orders.ts'

let ec2: Ec2Stub

beforeEach(async () => {
  ec2 = await startEc2Stub()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

/** How a restart of one machine fails when EC2 answers like this. */
async function failure(
  answer: StubAnswer,
  access: Record<string, unknown> = {},
): Promise<ProvisionError> {
  ec2.answer('RebootInstances', answer)
  const session = await openSession({ access })
  const error = await session.restart?.(['i-0123'], call).catch((thrown: unknown) => thrown)
  if (!isFailure(error)) throw new Error('this was no ProvisionError', { cause: error })
  return error
}

describe('codes of EC2 become ours', () => {
  const table: readonly (readonly [string, number, FailureCode])[] = [
    ['AuthFailure', 401, 'BAD_CREDENTIALS'],
    ['InvalidClientTokenId', 403, 'BAD_CREDENTIALS'],
    ['SignatureDoesNotMatch', 403, 'BAD_CREDENTIALS'],
    ['RequestExpired', 400, 'NO_CREDENTIALS'],
    ['ExpiredToken', 400, 'NO_CREDENTIALS'],
    ['UnauthorizedOperation', 403, 'ACCESS_DENIED'],
    ['OperationNotPermitted', 400, 'ACCESS_DENIED'],
    ['OptInRequired', 401, 'ACCOUNT_NOT_READY'],
    ['RequestLimitExceeded', 503, 'RATE_LIMITED'],
    ['InsufficientInstanceCapacity', 500, 'NO_CAPACITY'],
    ['InsufficientFreeAddressesInSubnet', 400, 'NO_CAPACITY'],
    ['Unsupported', 400, 'NO_CAPACITY'],
    ['VcpuLimitExceeded', 400, 'QUOTA_EXCEEDED'],
    ['InstanceLimitExceeded', 400, 'QUOTA_EXCEEDED'],
    ['MaxSpotInstanceCountExceeded', 400, 'QUOTA_EXCEEDED'],
    ['RulesPerSecurityGroupLimitExceeded', 400, 'QUOTA_EXCEEDED'],
    ['IncorrectInstanceState', 400, 'BUSY'],
    ['DependencyViolation', 400, 'BUSY'],
    ['InvalidGroup.Duplicate', 400, 'NAME_TAKEN'],
    ['InvalidInstanceID.NotFound', 400, 'NOT_FOUND'],
    ['InvalidVpcID.NotFound', 400, 'NOT_FOUND'],
    ['InvalidParameterValue', 400, 'BAD_OPTIONS'],
    ['InvalidAMIID.Malformed', 400, 'BAD_OPTIONS'],
    ['InvalidUserData.Malformed', 400, 'BAD_OPTIONS'],
    ['SomethingNobodyKnows', 400, 'BAD_OPTIONS'],
    ['IdempotentParameterMismatch', 400, 'UNAVAILABLE'],
    ['InternalError', 500, 'UNAVAILABLE'],
    ['SomethingNobodyKnows', 502, 'UNAVAILABLE'],
    ['SomethingNobodyKnows', 429, 'RATE_LIMITED'],
    ['IdempotentInstanceTerminated', 400, 'UNAVAILABLE'],
  ]
  test.each(table)('%s with status %i is %s', async (error, status, code) => {
    const failed = await failure({ error, status, message: 'the raw text' })
    expect(failed.code).toBe(code)
    expect(failed.message).not.toContain('the raw text')
    expect(failed.message).not.toMatch(/\.$/)
    expect(failed.hint).not.toBe('')
  })

  test('a page of a proxy that knows no such path is no answer', async () => {
    const failed = await failure({ raw: '<html>Not here</html>', status: 404 })
    expect(failed.code).toBe('UNAVAILABLE')
    expect(failed.message).toContain('(HTTP 404)')
  })

  test('each is asked once only, also what the SDK would repeat', async () => {
    await failure({ error: 'InsufficientInstanceCapacity', status: 500 })
    expect(ec2.requests).toHaveLength(1)
  })

  test('the original stays as the cause', async () => {
    const { cause } = await failure({ error: 'IncorrectInstanceState' })
    expect(cause).toMatchObject({ name: 'IncorrectInstanceState' })
  })
})

describe('a missing right', () => {
  test('is named after the call', async () => {
    const failed = await failure({ error: 'UnauthorizedOperation', status: 403 })
    expect(failed.message).toMatchInlineSnapshot(
      `"these credentials lack the right ec2:RebootInstances for machine i-0123"`,
    )
    expect(failed.hint).toMatchInlineSnapshot(
      `"allow ec2:RebootInstances in an IAM policy of this user or role"`,
    )
  })

  test('is the one that EC2 names, where a call takes several', async () => {
    const failed = await failure({
      error: 'UnauthorizedOperation',
      status: 403,
      message:
        'You are not authorized to perform this operation. User: arn:aws:iam::1:user/x is not authorized to perform: ec2:CreateTags on resource: arn:aws:ec2:eu-west-1:1:instance/*',
    })
    expect(failed.message).toContain('the right ec2:CreateTags')
    expect(failed.message).not.toContain('arn:')
  })

  test('that a policy of the organization denies is nothing to allow elsewhere', async () => {
    const failed = await failure({
      error: 'UnauthorizedOperation',
      status: 403,
      message:
        'You are not authorized to perform this operation. User: arn:aws:iam::1:user/x is not authorized to perform: ec2:RebootInstances on resource: arn:aws:ec2:eu-west-1:1:instance/i-1 with an explicit deny in a service control policy',
    })
    expect(failed.hint).toBe(
      'a policy of the account or its organization denies ec2:RebootInstances: ask who administers it',
    )
  })
})

describe('credentials', () => {
  const none = { AWS_ACCESS_KEY_ID: undefined, AWS_SECRET_ACCESS_KEY: undefined }
  const stub = (values: Record<string, string | undefined>) => {
    for (const [name, value] of Object.entries(values)) vi.stubEnv(name, value)
  }

  const stubConfig = async (text: string) => {
    const file = join(await makeFolder(), 'config')
    await writeFile(file, text)
    stub({ AWS_CONFIG_FILE: file })
  }

  test('that are nowhere are told, with where to put them', async () => {
    stub(none)
    const failed = await failure({ body: {} })
    expect(failed).toMatchObject({ code: 'NO_CREDENTIALS', message: 'no AWS credentials found' })
    expect(failed.hint).toContain('AWS_ACCESS_KEY_ID')
    expect(ec2.requests).toHaveLength(0)
  })

  test('of an unknown profile name that profile', async () => {
    stub(none)
    const failed = await failure({ body: {} }, { profile: 'work' })
    expect(failed).toMatchObject({
      code: 'NO_CREDENTIALS',
      message: 'profile work gives no AWS credentials',
    })
  })

  test('that expired say how to log in again', async () => {
    const keys = 'aws_access_key_id = AKIAXXXXXXXXXXXXXXXX\naws_secret_access_key = hidden-one'
    await stubConfig(`[profile work]\n${keys}\n`)
    const failed = await failure({ error: 'RequestExpired' }, { profile: 'work' })
    expect(failed).toMatchObject({
      code: 'NO_CREDENTIALS',
      message: 'the AWS credentials of profile work have expired',
      hint: expect.stringContaining('aws sso login --profile work'),
    })
  })

  test('of a login that is not there say how to log in', async () => {
    await stubConfig(
      [
        '[profile work]',
        'sso_session = corp',
        'sso_account_id = 123456789012',
        'sso_role_name = admin',
        '[sso-session corp]',
        'sso_region = eu-west-1',
        'sso_start_url = https://corp.invalid/start',
      ].join('\n'),
    )
    expect(await failure({ body: {} }, { profile: 'work' })).toMatchObject({
      code: 'NO_CREDENTIALS',
      message: 'the AWS login of profile work is missing or has expired',
      hint: 'run aws sso login --profile work',
    })
  })

  test.each([
    ['Token is expired. To refresh this SSO session run it', 'aws sso login --profile work'],
    ['UnauthorizedException: Session token not found or invalid', 'aws sso login --profile work'],
    ['Your session has expired. Please reauthenticate.', 'aws login --profile work'],
    ['Failed to load a token for session x, re-authenticate using aws login', 'aws login'],
  ])('that a login gave are renewed by the same one: %s', (text, command) => {
    const error = Object.assign(new Error(text), { name: 'CredentialsProviderError' })
    const failed = explain(error, { action: 'ec2:RunInstances', about: '2 machines' }, 'work')
    expect(failed).toMatchObject({
      code: 'NO_CREDENTIALS',
      message: 'the AWS login of profile work is missing or has expired',
      hint: expect.stringContaining(`run ${command}`),
    })
  })

  test('need both keys', async () => {
    const failed = await failure({ body: {} }, { accessKey: 'AKIAXXXXXXXXXXXXXXXX' })
    expect(failed).toMatchObject({ code: 'BAD_OPTIONS', message: '--secret-key is missing' })
  })

  test('that are temporary are not taken as flags', async () => {
    const failed = await failure(
      { body: {} },
      { accessKey: 'ASIAXXXXXXXXXXXXXXXX', secretKey: 'hidden-one' },
    )
    expect(failed.hint).toContain('AWS_SESSION_TOKEN')
    expect(`${failed.message} ${failed.hint}`).not.toContain('hidden-one')
  })

  test('given as flags win over the environment', async () => {
    ec2.answer('RebootInstances', { body: { return: true } })
    stub(none)
    const access = { accessKey: 'AKIAXXXXXXXXXXXXXXXX', secretKey: 'hidden-one' }
    const session = await openSession({ access })
    await expect(session.restart?.(['i-0123'], call)).resolves.toBeUndefined()
  })
})

describe('a clock that is wrong', () => {
  const now = new Date()
  beforeEach(() => vi.useFakeTimers({ toFake: ['Date'], now: now.getTime() + 600_000 }))
  afterEach(() => {
    vi.useRealTimers()
  })

  test.each(['AuthFailure', 'RequestExpired', 'SignatureDoesNotMatch'])(
    'is told, and made up for when the call is repeated after %s',
    async (error) => {
      ec2.answer('DescribeInstances', { error, status: 401 }, { body: { reservationSet: [] } })
      const session = await openSession()
      await expect(session.find({ ids: ['i-1'] }, call)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: "this computer's clock is minutes off the time of AWS",
        hint: 'set the clock, then repeat the command',
      })
      await expect(session.find({ ids: ['i-1'] }, call)).resolves.toEqual([])
    },
  )

  test('does not change what other refusals mean', async () => {
    expect(await failure({ error: 'UnauthorizedOperation', status: 403 })).toMatchObject({
      code: 'ACCESS_DENIED',
    })
  })
})

describe('a connection', () => {
  test('that is dropped leaves open what happened', async () => {
    const failed = await failure({ hangUp: true })
    expect(failed.code).toBe('UNAVAILABLE')
    expect(failed.message).toContain('ECONNRESET')
  })

  test('that nobody takes is no answer', async () => {
    vi.stubEnv('AWS_ENDPOINT_URL_EC2', 'http://127.0.0.1:1')
    expect(await failure({ body: {} })).toMatchObject({
      code: 'UNAVAILABLE',
      message: 'AWS gave no usable answer to ec2:RebootInstances for machine i-0123 (ECONNREFUSED)',
    })
  })

  test.each([503, 200])(
    'that carries a page of a proxy with status %i is no answer',
    async (status) => {
      const failed = await failure({ raw: '<html><p>Oops<br></html>', status })
      expect(failed.code).toBe('UNAVAILABLE')
    },
  )
})

test('without a region it says how to set one', async () => {
  vi.stubEnv('AWS_REGION', undefined)
  expect(await failure({ body: {} })).toMatchObject({
    code: 'BAD_OPTIONS',
    message: 'no usable AWS region is set',
  })
})

test('names the parameter that EC2 does not take, without its value', async () => {
  const failed = await failure({
    error: 'InvalidParameterValue',
    message: 'Value (<secret>) for parameter groupId is invalid. The value cannot be empty',
  })
  expect(failed.message).toMatchInlineSnapshot(
    `"AWS refuses ec2:RebootInstances for machine i-0123 (InvalidParameterValue, parameter groupId)"`,
  )
})
