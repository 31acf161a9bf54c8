import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { answerUsualAccount } from './account-answers.ts'
import { call, openSession } from './orders.ts'
import { startUpcloudStub, type UpcloudStub } from './upcloud-stub.ts'

let stub: UpcloudStub

beforeEach(async () => {
  stub = await startUpcloudStub()
  answerUsualAccount(stub)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await stub.close()
})

test('machines of a sub-account belong to the main account', async () => {
  stub.answer('GET /account/details/anna', {
    body: { account: { username: 'anna', type: 'sub', main_account: 'acme' } },
  })
  const session = await openSession()
  expect(await session.account(call)).toEqual({ id: 'acme', region: 'fi-hel1', local: true })
})

test.each([
  [{ body: { account: { username: 'anna', type: 'main', main_account: '' } } }],
  [{ error: 'ACTION_FORBIDDEN', status: 403 }],
  [{ error: 'NOT_FOUND', status: 404 }],
])('an account that tells of none above it stands for itself: %j', async (answer) => {
  stub.answer('GET /account/details/anna', answer)
  expect((await (await openSession()).account(call)).id).toBe('anna')
})

test('an account that is not told just now is not guessed', async () => {
  stub.answer('GET /account/details/anna', { error: 'SERVICE_ERROR', status: 500 })
  const session = await openSession()
  await expect(session.account(call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('the account is asked for once, with the token', async () => {
  const session = await openSession()
  await session.account(call)
  await session.account(call)
  expect(stub.requests.map(({ path }) => path)).toEqual(['/account', '/account/details/anna'])
  expect(stub.requests[0]?.authorization).toBe('Bearer ucat_test')
})

test('credentials that are not accepted are told with what to check', async () => {
  stub.answer('GET /account', { error: 'AUTHENTICATION_FAILED', status: 401 })
  await expect((await openSession()).account(call)).rejects.toMatchObject({
    code: 'BAD_CREDENTIALS',
    message: 'UpCloud does not accept these credentials',
    hint: expect.stringContaining('API access is enabled'),
  })
})

test('without a zone nothing is asked', async () => {
  const session = await openSession({ access: { zone: undefined } })
  await expect(session.account(call)).rejects.toMatchObject({ code: 'BAD_OPTIONS' })
  expect(stub.requests).toEqual([])
})

test('choices of zones need none', async () => {
  const session = await openSession({ access: { zone: undefined } })
  const zones = await session.choices?.({ option: 'zone', given: {} }, call)
  expect(zones?.map(({ value }) => value)).toEqual(['de-fra1', 'fi-hel1'])
})

test('choices of plans know the zone that was chosen a moment ago', async () => {
  const session = await openSession({ access: { zone: undefined } })
  const question = { option: 'plan', given: { zone: 'fi-hel1' } }
  expect(await session.choices?.(question, call)).toEqual([
    {
      value: '1xCPU-2GB',
      label: '1xCPU-2GB (1 core, 2 GiB, 50 GiB disk)',
      hint: '0.0193 EUR an hour',
    },
  ])
})
