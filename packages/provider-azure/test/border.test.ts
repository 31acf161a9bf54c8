import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { ProviderSession, RateBudget } from '@kontena/core'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { type ArmStub, refused, type StubAnswer, startStub, subscription } from './arm-stub.ts'
import { call, openSession } from './orders.ts'

let stub: ArmStub | undefined
afterEach(() => {
  stub?.close()
  vi.unstubAllEnvs()
})

/** A session of a subscription that is fine, with whatever else a test answers. */
async function open(
  answers: Readonly<Record<string, StubAnswer>>,
  flags: Parameters<typeof openSession>[0] = {},
): Promise<ProviderSession> {
  stub = await startStub(({ path }) => {
    const key = Object.keys(answers).find((end) => path.endsWith(end))
    if (key !== undefined) return answers[key]
    return path === `/subscriptions/${subscription}`
      ? { body: { state: 'Enabled' } }
      : { body: { value: [] } }
  })
  return openSession(flags)
}

describe('which subscription', () => {
  const list = (...ids: string[]): StubAnswer => ({
    body: {
      value: ids.map((id) => ({
        subscriptionId: id,
        displayName: `name of ${id}`,
        state: 'Enabled',
      })),
    },
  })

  test('it is the only one that there is, where none is said', async () => {
    await open({ '/subscriptions': list(subscription) })
    vi.stubEnv('AZURE_SUBSCRIPTION_ID', undefined)
    const unsaid = await openSession()
    expect((await unsaid.account(call)).id).toBe(subscription)
  })

  test.each([
    ['several', ['one', 'two'], /one \(name of one\), two/],
    ['none', [], /--subscription-id/],
  ])('of %s none is taken by chance', async (_, ids, hint) => {
    await open({ '/subscriptions': list(...ids) })
    vi.stubEnv('AZURE_SUBSCRIPTION_ID', undefined)
    const session = await openSession()
    await expect(session.account(call)).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      hint: expect.stringMatching(hint),
    })
  })

  test('it is the one that the Azure CLI would take', async () => {
    await open({})
    const folder = await mkdtemp(join(tmpdir(), 'azure-'))
    const subscriptions = [{ id: 'other' }, { id: subscription, isDefault: true }]
    await writeFile(join(folder, 'azureProfile.json'), `\uFEFF${JSON.stringify({ subscriptions })}`)
    vi.stubEnv('AZURE_SUBSCRIPTION_ID', undefined)
    vi.stubEnv('AZURE_CONFIG_DIR', folder)
    expect((await (await openSession()).account(call)).id).toBe(subscription)
    await rm(folder, { recursive: true })
  })

  test('one that is disabled makes nothing', async () => {
    const session = await open({
      [`/subscriptions/${subscription}`]: { body: { state: 'Disabled' } },
    })
    await expect(session.account(call)).rejects.toMatchObject({ code: 'ACCOUNT_NOT_READY' })
  })

  test('those that can be used are offered', async () => {
    const session = await open({ '/subscriptions': list('one', 'two') })
    const offered = await session.choices?.({ option: 'subscriptionId', given: {} }, call)
    expect(offered?.map(({ value }) => value)).toEqual(['one', 'two'])
  })
})

test('without any login a person is told how to log in', async () => {
  await open({})
  vi.stubEnv('AZURE_TOKEN_CREDENTIALS', 'EnvironmentCredential')
  const session = await openSession()
  await expect(session.account(call)).rejects.toMatchObject({
    code: 'NO_CREDENTIALS',
    hint: expect.stringContaining('az login'),
  })
})

describe('what Azure says of further requests', () => {
  function counting() {
    const learned: { remaining: number; resetAt: number }[] = []
    let admitted = 0
    const rate: RateBudget = {
      admit: async () => {
        admitted += 1
      },
      learn: (news) => learned.push(news),
      pause: () => undefined,
    }
    return { rate, learned, admitted: () => admitted }
  }

  test('is learned for each kind of request, and each is let through first', async () => {
    const { rate, learned, admitted } = counting()
    const headers = { 'x-ms-ratelimit-remaining-subscription-reads': '3' }
    const session = await open(
      { [subscription]: { headers, body: { state: 'Enabled' } } },
      { rate },
    )
    const before = Date.now()
    await session.account(call)
    expect(learned).toEqual([{ remaining: 3, resetAt: expect.any(Number) }])
    // Twenty-five reads come back each second.
    expect((learned[0]?.resetAt ?? 0) - before).toBeGreaterThanOrEqual(40)
    expect(admitted()).toBe(stub?.seen.length)
  })

  test('is passed on with the error', async () => {
    const answer = { ...refused(429, 'TooManyRequests'), headers: { 'retry-after': '17' } }
    const session = await open({ [subscription]: answer })
    await expect(session.account(call)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      retryAfter: 17_000,
    })
    expect(stub?.seen).toHaveLength(1)
  })
})

describe('an answer that is none', () => {
  test.each([
    ['a page of a gateway', { body: '<html>' }],
    ['nothing', { body: '' }],
    ['another shape', { body: [] }],
    ['a number', { body: '7' }],
  ])('as %s is told as one', async (_, answer) => {
    const session = await open({ '/locations': answer })
    await expect(session.choices?.({ option: 'location', given: {} }, call)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
  })

  test('to a change is told as one', async () => {
    const session = await open({ '/restart': { body: '<html>' } })
    await expect(session.restart?.(['rg/web-1'], call)).rejects.toMatchObject({
      code: 'UNAVAILABLE',
    })
  })
})

test.each([
  ['in the next page of a list', 200, (url: string) => ({ body: { value: [], nextLink: url } })],
  ['by a redirect', 302, (url: string) => ({ headers: { location: url } })],
])('another host that an answer names %s gets no token', async (_, status, answerOf) => {
  const other = await startStub(() => ({ body: { value: [] } }))
  const elsewhere = `${other.url.replace('127.0.0.1', 'localhost')}/page`
  const session = await open({ '/locations': { status, ...answerOf(elsewhere) } })
  const asked = session.choices?.({ option: 'location', given: {} }, call)
  await expect(asked).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  expect(other.seen).toEqual([])
  other.close()
})

test('an answer without end is given up', async () => {
  const body = `{"value":[],"x":"${'x'.repeat(33 * 1024 * 1024)}"}`
  const session = await open({ '/locations': { body } })
  const asked = session.choices?.({ option: 'location', given: {} }, call)
  await expect(asked).rejects.toMatchObject({ code: 'UNAVAILABLE' })
})

test('a list that is cut off asks for no further page', async () => {
  const control = new AbortController()
  stub = await startStub(({ path, query }) => {
    if (!path.endsWith('/locations')) return { body: { state: 'Enabled' } }
    if (query.has('page')) return undefined
    setTimeout(() => control.abort(new Error('Ctrl-C')), 20)
    return { body: { value: [], nextLink: `${stub?.url}${path}?page=2` } }
  })
  const session = await openSession()
  const asked = session.choices?.({ option: 'location', given: {} }, { signal: control.signal })
  await expect(asked).rejects.toThrow('Ctrl-C')
})

test.each(['../web-1', 'rg/..', '', 'i-0123'])('a restart of %j asks Azure nothing', async (id) => {
  const session = await open({})
  await expect(session.restart?.([id], call)).rejects.toMatchObject({ code: 'NOT_FOUND' })
  expect(stub?.seen).toEqual([])
})

test('an accepted restart is not watched', async () => {
  const headers = { location: 'http://127.0.0.1:1/operations/1', 'retry-after': '0' }
  const session = await open({ '/restart': { status: 202, headers, body: '' } })
  await session.restart?.(['rg/web-1', 'rg/web-2'], call)
  await new Promise((resolve) => setTimeout(resolve, 50))
  expect(stub?.seen.map(({ method }) => method)).toEqual(['POST', 'POST'])
})

describe('the console', () => {
  test.each([
    ['no log yet', { status: 404, body: '' }, undefined],
    ['a log', { body: `${'x'.repeat(20_000)}last line\0\0` }, 'last line'],
  ])('with %s is told', async (_, answer, end) => {
    stub = await startStub(({ path }) => {
      if (path === '/log') return answer
      return { body: { serialConsoleLogBlobUri: `${stub?.url}/log?sig=secret` } }
    })
    const text = await (await openSession()).consoleLog?.('rg/web-1', call)
    expect(text === undefined ? undefined : text.slice(-9)).toBe(end)
    expect(text?.length ?? 0).toBeLessThanOrEqual(16_384)
  })

  test.each([
    ['an answer that is none', (url: string) => `${url}/broken?sig=secret`],
    ['an address without encryption', () => 'http://192.0.2.1/log?sig=secret'],
    ['an address that nobody has', () => 'http://127.0.0.1:1/log?sig=secret'],
  ])('keeps the key to the log to itself at %s', async (_, uriOf) => {
    stub = await startStub(({ path }) =>
      path === '/broken'
        ? { status: 403, body: 'sig=secret' }
        : { body: { serialConsoleLogBlobUri: uriOf(stub?.url ?? '') } },
    )
    const asked = (await openSession()).consoleLog?.('rg/web-1', call)
    const failure = await asked?.catch((error: unknown) => error)
    expect(failure).toMatchObject({ code: expect.stringMatching(/UNAVAILABLE|ACCESS_DENIED/) })
    expect(
      `${failure} ${JSON.stringify(failure)} ${failure instanceof Error && failure.cause}`,
    ).not.toContain('secret')
  })
})
