import { type FailureCode, isFailure, type ProvisionError } from '@kontena/core'
import { describe, expect, test } from 'vitest'
import { ApiError } from '../src/api-error.ts'
import { explain } from '../src/errors.ts'
import { problem, type StubAnswer, startApiStub } from './api-stub.ts'
import { call, openSession } from './orders.ts'

/** How taking one machine away fails when DigitalOcean answers like this. */
async function failure(answer: StubAnswer): Promise<ProvisionError> {
  const api = await startApiStub()
  api.answer('DELETE /v2/droplets/7', answer)
  const session = await openSession()
  const error = await session.terminate(['7'], call).catch((thrown: unknown) => thrown)
  expect(api.requests).toHaveLength(1)
  if (!isFailure(error)) throw new Error('this was no ProvisionError', { cause: error })
  return error
}

const unprocessable = [422, 'unprocessable_entity'] as const

describe('what DigitalOcean says becomes ours', () => {
  const table: readonly (readonly [number, string, string, FailureCode])[] = [
    [401, 'unauthorized', 'Unable to authenticate you', 'BAD_CREDENTIALS'],
    [401, 'Unauthorized', 'Unable to authenticate you', 'BAD_CREDENTIALS'],
    [401, '', 'Unable to authenticate you.', 'BAD_CREDENTIALS'],
    [403, 'forbidden', 'You are not authorized to perform this operation', 'ACCESS_DENIED'],
    [403, 'Forbidden', 'You are missing the required permission', 'ACCESS_DENIED'],
    [403, 'forbidden', 'Your account is currently locked', 'ACCOUNT_NOT_READY'],
    [402, 'payment_required', 'Add a payment method', 'ACCOUNT_NOT_READY'],
    [...unprocessable, 'Please verify your email address', 'ACCOUNT_NOT_READY'],
    [...unprocessable, 'Please update your billing information', 'ACCOUNT_NOT_READY'],
    [
      ...unprocessable,
      'creating this/these droplet(s) will exceed your droplet limit',
      'QUOTA_EXCEEDED',
    ],
    [...unprocessable, 'You have reached the limit: volume limit exceeded', 'QUOTA_EXCEEDED'],
    [...unprocessable, 'Droplet already has a pending event.', 'BUSY'],
    [409, 'conflict', 'Can not delete VPC with members', 'BUSY'],
    [403, 'forbidden', 'Can not delete VPC with members', 'BUSY'],
    [409, 'conflict', 'Something else', 'BUSY'],
    [423, 'locked', 'Something else', 'BUSY'],
    [412, 'precondition_failed', 'Something else', 'BUSY'],
    [...unprocessable, 'SSH Key is already in use on your account', 'NAME_TAKEN'],
    [...unprocessable, 'A VPC with that name already exists', 'NAME_TAKEN'],
    [...unprocessable, 'Name must be unique', 'NAME_TAKEN'],
    [...unprocessable, 'Size is not available in this region.', 'NO_CAPACITY'],
    [...unprocessable, 'Region is not available', 'NO_CAPACITY'],
    [...unprocessable, 'nyc1 is currently unavailable for new droplets', 'NO_CAPACITY'],
    [...unprocessable, 'You specified an invalid image for Droplet creation.', 'BAD_OPTIONS'],
    [...unprocessable, 'You specified an invalid size for Droplet creation.', 'BAD_OPTIONS'],
    [
      ...unprocessable,
      'The image you specified is not available in the selected region',
      'BAD_OPTIONS',
    ],
    [...unprocessable, 'Only valid hostname characters are allowed.', 'BAD_OPTIONS'],
    [400, 'bad_request', 'error parsing request body', 'BAD_OPTIONS'],
    [418, 'teapot', 'Something nobody knows', 'BAD_OPTIONS'],
    [429, 'too_many_requests', 'API rate limit exceeded.', 'RATE_LIMITED'],
    [429, 'Too_Many_Requests', 'your account limit is exceeded', 'RATE_LIMITED'],
    [408, '', 'request timeout', 'UNAVAILABLE'],
    [500, 'server_error', 'Unexpected server-side error', 'UNAVAILABLE'],
    [500, 'unprocessable_entity', 'capacity exceeded your limit', 'UNAVAILABLE'],
    [503, 'service_unavailable', 'Try later', 'UNAVAILABLE'],
  ]
  test.each(table)('%i %s "%s" is %s', async (status, id, text, code) => {
    const failed = await failure(problem(status, id, text))
    expect(failed.code).toBe(code)
    expect(failed.message).not.toContain(text)
    expect(failed.message).toContain(code === 'BAD_CREDENTIALS' ? 'token' : 'machine 7')
    expect(failed.message).not.toMatch(/\.$/)
    expect(failed.hint).not.toBe('')
    expect(failed.cause).toMatchObject({ name: 'ApiError', status, message: text })
  })

  test('404 on the way out is what was wanted', async () => {
    const api = await startApiStub()
    api.answer('DELETE /v2/droplets/7', problem(404, 'not_found'))
    await expect((await openSession()).terminate(['7'], call)).resolves.toBeUndefined()
  })
})

describe('no answer, or a broken one, may have happened', () => {
  test.each([
    ['a hang-up', { hangUp: true }, 'UND_ERR_SOCKET'],
    ['HTML with 502', { status: 502, text: '<html>' }, 'HTTP 502'],
    ['HTML with 200', { text: '<html>' }, 'broken answer'],
    ['a redirect', { status: 301 }, 'HTTP 301'],
    ["a proxy's 401", { status: 401, text: '<html>' }, 'HTTP 401'],
    ["a proxy's 403", { status: 403, text: '<html>' }, 'HTTP 403'],
    [
      "a proxy's 404, which is no machine that is gone",
      { status: 404, text: '<html>' },
      'HTTP 404',
    ],
    ['404 without a body', { status: 404 }, 'HTTP 404'],
    ['JSON of somebody else', { status: 404, json: { error: 'no route' } }, 'HTTP 404'],
  ] as const)('%s', async (_, answer, why) => {
    const failed = await failure(answer)
    expect(failed).toMatchObject({
      code: 'UNAVAILABLE',
      message: `DigitalOcean gave no usable answer for machine 7 (${why})`,
    })
  })

  test.each([[{ account: {} }], [{ account: { uuid: 7 } }], [[]], [{}]])(
    'JSON of another shape: %o',
    async (json) => {
      const api = await startApiStub()
      api.answer('GET /v2/account', { json })
      await expect((await openSession()).account(call)).rejects.toMatchObject({
        code: 'UNAVAILABLE',
        message: expect.stringContaining('broken answer'),
      })
    },
  )
})

test('too many requests are that, whoever says so', async () => {
  expect(await failure({ status: 429, text: '<html>' })).toMatchObject({ code: 'RATE_LIMITED' })
})

test('a refusal for too many requests says when to come back, where DigitalOcean does', async () => {
  const headers = { 'retry-after': '3' }
  const told = await failure(problem(429, 'too_many_requests', 'x', headers))
  expect(told.retryAfter).toBe(3_000)
})

test('a missing scope is named after what was asked', async () => {
  const failed = await failure(problem(403, 'forbidden'))
  expect(failed.message).toMatchInlineSnapshot(
    `"this token lacks the scope droplet:delete for machine 7"`,
  )
  expect(failed.hint).toMatchInlineSnapshot(
    `"make a token with the scope droplet:delete under API in the control panel"`,
  )
})

test('a refused option is named as far as the answer names it', async () => {
  const failed = await failure(problem(...unprocessable, 'the user_data is too long for us'))
  expect(failed.message).toBe('DigitalOcean refuses machine 7 (HTTP 422, about its user data)')
})

test('a certificate that nobody vouches for asks for the authority', () => {
  const error = new ApiError('no answer', { transport: 'SELF_SIGNED_CERT_IN_CHAIN' })
  expect(explain(error, { scope: 'account:read', about: 'the account' })).toMatchObject({
    code: 'UNAVAILABLE',
    hint: expect.stringContaining('NODE_EXTRA_CA_CERTS'),
  })
})

test('an error that is no answer of DigitalOcean stays what it is', () => {
  const bug = new TypeError('x is not a function')
  expect(explain(bug, { scope: 'droplet:create', about: '2 machines' })).toBe(bug)
})
