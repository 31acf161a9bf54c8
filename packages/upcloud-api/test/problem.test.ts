import { describe, expect, test } from 'vitest'
import { UpcloudError } from '../src/index.ts'
import { readRefusal } from '../src/problem.ts'

function refusal(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  return readRefusal({ status, headers: new Headers(headers), text, request: 'GET /1.3/plan' })
}

describe('a refusal', () => {
  test('in the classic shape', () => {
    const error = refusal(404, {
      error: { error_code: 'SERVER_NOT_FOUND', error_message: 'The server does not exist.' },
    })
    expect(error).toBeInstanceOf(UpcloudError)
    expect(error).toMatchObject({
      kind: 'refused',
      status: 404,
      code: 'SERVER_NOT_FOUND',
      message: 'The server does not exist (SERVER_NOT_FOUND, status 404)',
      correlationId: undefined,
      invalidParams: [],
    })
  })

  test('as problem details, whose type is a page', () => {
    const error = refusal(400, {
      type: 'https://developers.upcloud.com/1.3/errors#ERROR_INVALID_REQUEST',
      title: 'Validation error.',
      correlation_id: '01GRKD',
      invalid_params: [{ name: 'plan', reason: "Plan doesn't exist" }],
      status: 400,
    })
    expect(error).toMatchObject({
      code: 'INVALID_REQUEST',
      correlationId: '01GRKD',
      invalidParams: [{ name: 'plan', reason: "Plan doesn't exist" }],
      message: "Validation error. plan: Plan doesn't exist (INVALID_REQUEST, status 400)",
    })
  })

  test('as problem details, whose type is the code', () => {
    expect(refusal(409, { type: 'SERVER_STATE_ILLEGAL', title: 'No', status: 409 }).code).toBe(
      'SERVER_STATE_ILLEGAL',
    )
  })

  test('as problem details with parameters that are none', () => {
    expect(refusal(400, { type: 'X', invalid_params: 'plan' })).toMatchObject({
      code: 'X',
      invalidParams: [],
    })
  })

  test.each([
    ['a page', '<html><body>502 Bad Gateway</body></html>'],
    ['nothing', ''],
    ['JSON of somebody else', { message: 'no' }],
  ])('that is %s has no code and none of its text', (_, body) => {
    const error = refusal(502, body)
    expect(error).toMatchObject({ kind: 'refused', status: 502, code: '' })
    expect(error.message).toBe('GET /1.3/plan was refused (status 502)')
  })
})

describe('when to ask again', () => {
  test('is told in seconds', () => {
    expect(refusal(429, '', { 'retry-after': '7' }).retryAfter).toBe(7_000)
  })

  test('is told as a date', () => {
    const date = new Date(Date.now() + 60_000).toUTCString()
    const { retryAfter = 0 } = refusal(429, '', { 'retry-after': date })
    expect(retryAfter).toBeGreaterThan(50_000)
    expect(retryAfter).toBeLessThanOrEqual(60_000)
  })

  test('is at once for a date that has passed', () => {
    expect(refusal(429, '', { 'retry-after': new Date(0).toUTCString() }).retryAfter).toBe(0)
  })

  test.each([undefined, 'soon'])('is not known from %s', (value) => {
    expect(refusal(429, '', value === undefined ? {} : { 'retry-after': value }).retryAfter).toBe(
      undefined,
    )
  })
})
