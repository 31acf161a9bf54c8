import { once } from 'node:events'
import { createServer as createHttpServer } from 'node:http'
import { createServer } from 'node:net'
import { isFailure, type RateBudget } from '@kontena/core'
import { describe, expect, test, vi } from 'vitest'
import { ApiError } from '../src/api-error.ts'
import { type ApiRequest, send } from '../src/transport.ts'
import { type ApiStub, problem, startApiStub, stubToken } from './api-stub.ts'
import { call, openSession } from './orders.ts'

/** A budget that lets all in, and remembers what it was told. */
function openLedger() {
  const learned: Parameters<RateBudget['learn']>[0][] = []
  const ledger = { admitted: 0, learned }
  const rate: RateBudget = {
    admit: async () => {
      ledger.admitted += 1
    },
    learn: (news) => {
      learned.push(news)
    },
    pause: () => undefined,
  }
  return { ledger, rate }
}

async function ask(api: ApiStub, request: ApiRequest, signal: AbortSignal = call.signal) {
  const { ledger, rate } = openLedger()
  const endpoint = { url: `${api.url}/v2`, isLocal: true }
  const answer = await send({ endpoint, token: stubToken, rate }, request, { signal }).catch(
    (error: unknown) => error,
  )
  return { ledger, answer }
}

const get: ApiRequest = { method: 'GET', path: '/account' }

test('a request carries the token, the query without what is undefined, and the body as JSON', async () => {
  const api = await startApiStub()
  api.answer('POST /v2/droplets', { status: 202, json: { droplets: [] } })
  const { answer } = await ask(api, {
    method: 'POST',
    path: '/droplets',
    query: { page: 1, tag_name: undefined, name: 'a b&c' },
    body: { names: ['web-1'], vpc_uuid: undefined },
  })
  expect(answer).toEqual({ droplets: [] })
  const [request] = api.requests
  expect(request?.headers).toMatchObject({
    authorization: `Bearer ${stubToken}`,
    'content-type': 'application/json',
    'user-agent': 'kontena',
  })
  expect([...(request?.query ?? [])]).toEqual([
    ['page', '1'],
    ['name', 'a b&c'],
  ])
  expect(request?.body).toEqual({ names: ['web-1'] })
})

test('an answer without end is given up, and tells nothing of what became of the request', async () => {
  const server = createHttpServer((_request, response) => {
    response.writeHead(404, { 'content-type': 'application/json' })
    const pour = (): void => {
      while (response.write('x'.repeat(1 << 20)));
    }
    response.on('drain', pour).on('error', () => undefined)
    pour()
  })
  await once(server.listen(0, '127.0.0.1'), 'listening')
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : undefined
  const { rate } = openLedger()
  const endpoint = { url: `http://127.0.0.1:${port}/v2`, isLocal: true }
  const answer = await send({ endpoint, token: stubToken, rate }, get, call).catch(
    (error: unknown) => error,
  )
  server.closeAllConnections()
  server.close()
  expect(answer).toMatchObject({ name: 'ApiError', status: 200 })
})

test('an answer without a body is undefined', async () => {
  const api = await startApiStub()
  api.answer('GET /v2/account', { status: 204 })
  expect((await ask(api, get)).answer).toBeUndefined()
})

describe('what the headers say of further requests', () => {
  test('is learned from answers and from refusals', async () => {
    const api = await startApiStub()
    const headers = { 'ratelimit-remaining': '17', 'ratelimit-reset': '1800000000' }
    api.answer('GET /v2/account', { json: {}, headers }, problem(500, 'server_error', 'x', headers))
    for (const _ of [1, 2]) {
      const { ledger } = await ask(api, get)
      expect(ledger).toEqual({
        admitted: 1,
        learned: [{ remaining: 17, resetAt: 1_800_000_000_000 }],
      })
    }
  })

  test.each([
    [{}],
    [{ 'ratelimit-remaining': '5' }],
    [{ 'ratelimit-reset': '1800000000' }],
    [{ 'ratelimit-remaining': 'many', 'ratelimit-reset': '-1' }],
  ])('is passed over where it is not whole: %o', async (headers) => {
    const api = await startApiStub()
    api.answer('GET /v2/account', { json: {}, headers })
    expect((await ask(api, get)).ledger.learned).toEqual([])
  })

  test.each([
    ['7', 7_000],
    ['soon', undefined],
  ])('when to come back, as %s', async (text, retryAfter) => {
    const api = await startApiStub()
    api.answer('GET /v2/account', problem(429, 'too_many_requests', 'x', { 'retry-after': text }))
    expect((await ask(api, get)).answer).toMatchObject({ status: 429, retryAfter })
  })

  test('when to come back, as a date', async () => {
    const api = await startApiStub()
    const date = new Date(Date.now() + 60_000).toUTCString()
    api.answer('GET /v2/account', problem(429, 'too_many_requests', 'x', { 'retry-after': date }))
    const { answer } = await ask(api, get)
    if (!(answer instanceof ApiError)) throw new Error('this was no refusal')
    expect(answer.retryAfter).toBeGreaterThan(50_000)
    expect(answer.retryAfter).toBeLessThanOrEqual(60_000)
  })
})

describe('no usable answer', () => {
  test.each([
    ['a connection that breaks', { hangUp: true }, { transport: 'UND_ERR_SOCKET' }],
    ['HTML with status 200', { text: '<html>' }, { status: 200, id: '' }],
    ['half of a JSON text', { text: '{"account":' }, { status: 200, id: '' }],
    ['HTML with status 503', { status: 503, text: '<html>busy' }, { status: 503, message: '' }],
    ['an error in another shape', { status: 400, json: ['no'] }, { status: 400, message: '' }],
  ] as const)('%s', async (_, reply, expected) => {
    const api = await startApiStub()
    api.answer('GET /v2/account', reply)
    const { answer } = await ask(api, get)
    expect(answer).toBeInstanceOf(ApiError)
    expect(answer).toMatchObject(expected)
    expect(api.requests).toHaveLength(1)
  })

  test('a server that is not there', async () => {
    const { rate } = openLedger()
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const address = server.address()
    server.close()
    await once(server, 'close')
    if (address === null || typeof address === 'string') throw new Error('it has no port')
    const endpoint = { url: `http://127.0.0.1:${address.port}/v2`, isLocal: true }
    const asked = send({ endpoint, token: stubToken, rate }, get, call)
    await expect(asked).rejects.toMatchObject({ name: 'ApiError', transport: 'ECONNREFUSED' })
  })

  test('a server that says nothing for half a minute', async () => {
    const api = await startApiStub()
    api.answer('GET /v2/account', { silence: true })
    const timeout = vi.spyOn(AbortSignal, 'timeout').mockReturnValue(AbortSignal.abort())
    expect((await ask(api, get)).answer).toMatchObject({ transport: 'ETIMEDOUT' })
    expect(timeout).toHaveBeenCalledExactlyOnceWith(30_000)
    timeout.mockRestore()
  })

  test('a redirect, which does not get the token', async () => {
    const api = await startApiStub()
    const headers = { location: `${api.url}/v2/elsewhere` }
    api.answer('GET /v2/account', { status: 302, headers })
    expect((await ask(api, get)).answer).toMatchObject({ status: 302 })
    expect(api.lines()).toEqual(['GET /v2/account'])
  })
})

describe('a call that is aborted', () => {
  test('before it was made rejects with the reason and asks nothing', async () => {
    const api = await startApiStub()
    const reason = new Error('enough')
    const session = await openSession()
    const asked = session.find({ ids: ['1'] }, { signal: AbortSignal.abort(reason) })
    await expect(asked).rejects.toBe(reason)
    expect(api.requests).toEqual([])
  })

  test('while DigitalOcean is silent rejects at once, and is no failure of ours', async () => {
    const api = await startApiStub()
    const controller = new AbortController()
    api.answer('GET /v2/droplets/1', () => {
      controller.abort()
      return { silence: true }
    })
    const session = await openSession()
    const error = await session
      .find({ ids: ['1'] }, { signal: controller.signal })
      .catch((thrown: unknown) => thrown)
    expect(error).toBe(controller.signal.reason)
    expect(isFailure(error)).toBe(false)
  })
})

test('all requests of a session ask one budget', async () => {
  const api = await startApiStub()
  api.answer('DELETE /v2/droplets/1', { status: 204 })
  api.answer('DELETE /v2/droplets/2', { status: 204 })
  const { ledger, rate } = openLedger()
  const session = await openSession({ rate })
  await session.terminate(['1', '2'], call)
  expect(ledger.admitted).toBe(2)
})
