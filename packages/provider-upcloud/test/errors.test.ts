import { type FailureCode, isFailure, type ProvisionError } from '@kontena/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { explain } from '../src/errors.ts'
import { serverId, serverOf } from './account-answers.ts'
import { call, newOwner, openSession } from './orders.ts'
import { type StubAnswer, startUpcloudStub, type UpcloudStub } from './upcloud-stub.ts'

let stub: UpcloudStub

beforeEach(async () => {
  stub = await startUpcloudStub()
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await stub.close()
})

/** How a restart of one machine fails when UpCloud answers like this. */
async function failure(answer: StubAnswer): Promise<ProvisionError> {
  stub.answer(`POST /server/${serverId}/restart`, answer)
  stub.answer(`GET /server/${serverId}`, { body: { server: serverOf(newOwner()) } })
  const session = await openSession()
  const error = await session.restart?.([serverId], call).catch((thrown: unknown) => thrown)
  if (!isFailure(error)) throw new Error('this was no ProvisionError', { cause: error })
  return error
}

describe('codes of UpCloud become ours', () => {
  const table: readonly (readonly [string, number, FailureCode])[] = [
    ['AUTHENTICATION_FAILED', 401, 'BAD_CREDENTIALS'],
    ['SOMETHING', 401, 'BAD_CREDENTIALS'],
    ['SERVER_FORBIDDEN', 403, 'ACCESS_DENIED'],
    ['ACTION_FORBIDDEN', 403, 'ACCESS_DENIED'],
    ['SOMETHING', 403, 'ACCESS_DENIED'],
    ['INSUFFICIENT_CREDITS', 402, 'ACCOUNT_NOT_READY'],
    ['SOMETHING', 402, 'ACCOUNT_NOT_READY'],
    ['TRIAL_PLAN', 403, 'ACCOUNT_NOT_READY'],
    ['SERVER_NOT_FOUND', 404, 'NOT_FOUND'],
    ['ZONE_NOT_FOUND', 404, 'NOT_FOUND'],
    ['NOT_FOUND', 404, 'NOT_FOUND'],
    ['TAG_EXISTS', 409, 'NAME_TAKEN'],
    ['RESOURCE_ALREADY_EXISTS', 400, 'NAME_TAKEN'],
    ['DUPLICATE_RESOURCE', 409, 'NAME_TAKEN'],
    ['SERVER_RESOURCES_UNAVAILABLE', 409, 'NO_CAPACITY'],
    ['STORAGE_RESOURCES_UNAVAILABLE', 409, 'NO_CAPACITY'],
    ['IP_ADDRESS_RESOURCES_UNAVAILABLE', 409, 'NO_CAPACITY'],
    ['SERVER_CORE_LIMIT_REACHED', 403, 'QUOTA_EXCEEDED'],
    ['IP_ADDRESS_LIMIT_REACHED', 409, 'QUOTA_EXCEEDED'],
    ['SERVER_STATE_ILLEGAL', 409, 'BUSY'],
    ['STORAGE_STATE_ILLEGAL', 409, 'BUSY'],
    ['STORAGE_IN_USE', 409, 'BUSY'],
    ['STORAGE_ATTACHED', 409, 'BUSY'],
    ['NETWORK_NOT_EMPTY', 409, 'BUSY'],
    ['SOMETHING', 409, 'BUSY'],
    ['HOSTNAME_INVALID', 400, 'BAD_OPTIONS'],
    ['STORAGE_TITLE_MISSING', 400, 'BAD_OPTIONS'],
    ['PLAN_CORE_NUMBER_ILLEGAL', 403, 'BAD_OPTIONS'],
    ['METADATA_DISABLED_ON_CLOUD-INIT', 409, 'BAD_OPTIONS'],
    ['DUPLICATE_LABEL_KEYS', 409, 'BAD_OPTIONS'],
    ['INVALID_LABEL_KEY', 400, 'BAD_OPTIONS'],
    ['UNKNOWN_ATTRIBUTE', 400, 'BAD_OPTIONS'],
    ['ZONE_MISMATCH', 409, 'BAD_OPTIONS'],
    ['SOMETHING_NOBODY_KNOWS', 400, 'BAD_OPTIONS'],
    ['TOO_MANY_REQUESTS', 429, 'RATE_LIMITED'],
    ['SERVER_CREATING_LIMIT_REACHED', 403, 'RATE_LIMITED'],
    ['UNAUTHORIZED_ADDRESS', 403, 'BAD_CREDENTIALS'],
    ['SERVICE_ERROR', 500, 'UNAVAILABLE'],
    ['SERVER_NOT_FOUND', 503, 'UNAVAILABLE'],
    ['SOMETHING', 408, 'UNAVAILABLE'],
  ]
  test.each(table)('%s with status %i is %s', async (error, status, code) => {
    const failed = await failure({ error, status })
    expect(failed.code).toBe(code)
    expect(failed.message).not.toContain('the raw text')
    expect(failed.message).not.toMatch(/\.$/)
    expect(failed.hint).toEqual(expect.stringMatching(/./))
  })

  test('each is asked once only', async () => {
    await failure({ error: 'SERVICE_ERROR', status: 500 })
    expect(stub.requests).toHaveLength(1)
  })

  test('the original stays as the cause', async () => {
    const { cause } = await failure({ error: 'SERVER_STATE_ILLEGAL', status: 409 })
    expect(cause).toMatchObject({ name: 'UpcloudError', code: 'SERVER_STATE_ILLEGAL' })
  })
})

describe('what a person reads', () => {
  test.each<readonly [StubAnswer, string]>([
    [
      { error: 'SERVER_FORBIDDEN', status: 403 },
      `these credentials lack the right to restart server ${serverId} (SERVER_FORBIDDEN)`,
    ],
    [
      { error: 'SERVER_NOT_FOUND', status: 404 },
      `UpCloud does not know server ${serverId} (SERVER_NOT_FOUND)`,
    ],
    [
      { error: 'PLAN_NOT_FOUND', status: 404 },
      `UpCloud does not know a plan that server ${serverId} needs (PLAN_NOT_FOUND)`,
    ],
    [
      { error: 'TRIAL_PLAN', status: 403 },
      `a trial account cannot restart server ${serverId} (TRIAL_PLAN)`,
    ],
    [
      { error: 'INSUFFICIENT_CREDITS', status: 402 },
      `the account has no credit left to restart server ${serverId} (INSUFFICIENT_CREDITS)`,
    ],
    [
      { raw: '<html>secret</html>', status: 502 },
      `UpCloud gave no usable answer when asked to restart server ${serverId} (HTTP 502)`,
    ],
    [
      { raw: '<html>Log in</html>', status: 200 },
      `UpCloud gave no usable answer when asked to restart server ${serverId} (unreadable)`,
    ],
    [{ error: 'HOST_INVALID' }, `UpCloud refuses to restart server ${serverId} (HOST_INVALID)`],
  ])('about %j', async (answer, message) => {
    expect((await failure(answer)).message).toBe(message)
  })

  test('names the parameter that is wrong, and not its value', async () => {
    const problem = {
      type: 'https://developers.upcloud.com/1.3/errors#ERROR_INVALID_REQUEST',
      title: 'No.',
      invalid_params: [{ name: 'plan', reason: "'hush' is none" }],
    }
    const failed = await failure({ raw: JSON.stringify(problem), status: 400 })
    expect(failed).toMatchObject({
      code: 'BAD_OPTIONS',
      message: `UpCloud refuses to restart server ${serverId} (INVALID_REQUEST, parameter plan)`,
    })
  })
})

test('when to ask again is passed on', async () => {
  const failed = await failure({ error: 'TOO_MANY_REQUESTS', status: 429, retryAfter: 7 })
  expect(failed.retryAfter).toBe(7_000)
})

test('so many servers being made at once are a reason to wait, not to give up', async () => {
  const failed = await failure({ error: 'SERVER_CREATING_LIMIT_REACHED', status: 403 })
  expect(failed.retryAfter).toBe(10_000)
})

test.each([401, 403, 404, 409])(
  'a page of something in between with status %i says nothing of the machine',
  async (status) => {
    const failed = await failure({ raw: '<html>Not here</html>', status })
    expect(failed.code).toBe('UNAVAILABLE')
    expect(failed.message).toContain(`(HTTP ${status})`)
  },
)

test('a lost connection leaves unknown what happened', async () => {
  const failed = await failure({ hangUp: true })
  expect(failed.code).toBe('UNAVAILABLE')
  expect(failed.hint).toBe('check the network, then repeat the command')
})

test('a certificate that nobody vouches for is told with the way out', async () => {
  const { UpcloudError } = await import('@kontena/upcloud-api')
  const error = new UpcloudError('no', { kind: 'network', code: 'SELF_SIGNED_CERT_IN_CHAIN' })
  expect(explain(error, { doing: 'list', about: 'the zones' })).toMatchObject({
    code: 'UNAVAILABLE',
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  })
})

test('an answer that is not waited for to its end rejects with the reason of who gave up', async () => {
  stub.answer(`POST /server/${serverId}/restart`, { silence: true })
  const session = await openSession()
  const controller = new AbortController()
  const restarted = session.restart?.([serverId], { signal: controller.signal })
  await vi.waitFor(() => expect(stub.requests).toHaveLength(1))
  controller.abort(new Error('enough'))
  await expect(restarted).rejects.toThrow('enough')
})

test('what is no error of UpCloud stays as it is', () => {
  const bug = new TypeError('a bug')
  expect(explain(bug, { doing: 'list', about: 'the zones' })).toBe(bug)
})
