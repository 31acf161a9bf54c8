import { createServer } from 'node:http'
import { afterEach, describe, expect, test } from 'vitest'
import { openUpcloudClient } from '../src/index.ts'
import { fakeFetch } from './fake-fetch.ts'

const closers: (() => void)[] = []
afterEach(() => {
  for (const close of closers.splice(0)) close()
})

/** A server on loopback; answers are the test's to give. */
async function listen(handler: Parameters<typeof createServer>[1]): Promise<string> {
  const server = createServer(handler ?? (() => undefined))
  closers.push(() => {
    server.closeAllConnections()
    server.close()
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return `http://127.0.0.1:${address.port}`
}

const zones = { zones: { zone: [{ id: 'fi-hel1', description: 'Helsinki #1', public: 'yes' }] } }

describe('a request', () => {
  test('goes to the API 1.3 with a token and asks for JSON', async () => {
    const { fetch, sent } = fakeFetch([{ body: zones }])
    await openUpcloudClient({ token: 'ucat_abc', userAgent: 'test/1', fetch }).zones()
    expect(sent[0]).toMatchObject({ method: 'GET', path: '/1.3/zone' })
    expect(Object.fromEntries(sent[0]?.headers ?? [])).toMatchObject({
      authorization: 'Bearer ucat_abc',
      accept: 'application/json',
      'user-agent': 'test/1',
    })
  })

  test('goes with a name and password where there is no token', async () => {
    const { fetch, sent } = fakeFetch([{ body: zones }])
    await openUpcloudClient({ username: 'ännä', password: 'p:w', fetch }).zones()
    const header = sent[0]?.headers.get('authorization') ?? ''
    expect(Buffer.from(header.replace('Basic ', ''), 'base64').toString()).toBe('ännä:p:w')
  })

  test('goes to another host where one is given, with or without a slash', async () => {
    const seen: (string | undefined)[] = []
    const url = await listen((request, response) => {
      seen.push(request.url)
      response.end(JSON.stringify(zones))
    })
    for (const baseUrl of [url, `${url}/`]) {
      expect(await openUpcloudClient({ token: 't', baseUrl }).zones()).toHaveLength(1)
    }
    expect(seen).toEqual(['/1.3/zone', '/1.3/zone'])
  })

  test('is not sent again to where the answer points', async () => {
    const { fetch, sent } = fakeFetch([
      { status: 302, headers: { location: 'https://elsewhere.example/' } },
    ])
    await expect(openUpcloudClient({ token: 't', fetch }).zones()).rejects.toMatchObject({
      kind: 'refused',
      status: 302,
    })
    expect(sent).toHaveLength(1)
  })

  test('keeps what is strange in a path to its own segment', async () => {
    const { fetch, sent } = fakeFetch([{ status: 404 }])
    const client = openUpcloudClient({ token: 't', fetch })
    await expect(client.servers.get('../account?x=1')).rejects.toMatchObject({ status: 404 })
    expect(sent[0]?.path).toBe('/1.3/server/..%2Faccount%3Fx%3D1')
  })
})

describe('credentials', () => {
  test.each([
    ['a line break', { token: 'ucat_secret\nx' }],
    ['nothing', { token: '' }],
    ['a colon in the name', { username: 'se:cret', password: 'secret' }],
    ['no password', { username: 'secret', password: '' }],
  ])('with %s are refused without being shown', (_, credentials) => {
    const open = () => openUpcloudClient(credentials)
    expect(open).toThrow(TypeError)
    expect(open).not.toThrow(/secret|se:cret/)
  })

  test('that an answer repeats are covered', async () => {
    const body = { error: { error_code: 'X', error_message: 'no token ucat_secret here' } }
    const { fetch } = fakeFetch([{ status: 401, body }])
    const error = await openUpcloudClient({ token: 'ucat_secret', fetch })
      .zones()
      .catch((thrown: unknown) => thrown)
    expect(String(error)).toContain('no token *** here')
  })

  test('do not stand in the error of a lost connection', async () => {
    const url = await listen((request) => request.socket.destroy())
    const error = await openUpcloudClient({ username: 'anna', password: 'hush', baseUrl: url })
      .zones()
      .catch((thrown: unknown) => thrown)
    expect(error).toMatchObject({ kind: 'network', status: undefined })
    expect(JSON.stringify(error) + String(error)).not.toMatch(/hush|YW5uYTpodXNo/)
  })
})

describe('an answer that does not come', () => {
  test('is told as a lost connection, with its code', async () => {
    const url = await listen(() => undefined)
    closers.splice(0).forEach((close) => {
      close()
    })
    await expect(openUpcloudClient({ token: 't', baseUrl: url }).zones()).rejects.toMatchObject({
      kind: 'network',
      code: 'ECONNREFUSED',
    })
  })

  test('in time is told as that', async () => {
    const url = await listen(() => undefined)
    const client = openUpcloudClient({ token: 't', baseUrl: url, timeout: 50 })
    await expect(client.zones()).rejects.toMatchObject({ kind: 'timeout', status: undefined })
  })

  test('to its end in time is told as that', async () => {
    const url = await listen((_, response) => response.write('{"zones":'))
    const client = openUpcloudClient({ token: 't', baseUrl: url, timeout: 50 })
    await expect(client.zones()).rejects.toMatchObject({ kind: 'timeout' })
  })

  test('as the caller gave up rejects with the reason of the caller', async () => {
    const controller = new AbortController()
    const url = await listen(() => controller.abort(new Error('enough')))
    const client = openUpcloudClient({ token: 't', baseUrl: url })
    await expect(client.zones({ signal: controller.signal })).rejects.toThrow('enough')
  })

  test('is not waited for by who gave up before', async () => {
    const { fetch, sent } = fakeFetch([])
    const signal = AbortSignal.abort(new Error('enough'))
    await expect(openUpcloudClient({ token: 't', fetch }).zones({ signal })).rejects.toThrow(
      'enough',
    )
    expect(sent).toEqual([])
  })
})

describe('an answer that nobody documents', () => {
  test.each([
    ['HTML', '<html>Gateway</html>'],
    ['half of it', '{"zones":{"zone":[{"id":"fi-'],
    ['nothing', ''],
    ['another list', { plans: {} }],
    ['a list of other things', { zones: { zone: [{ name: 'fi-hel1' }] } }],
  ])('%s is unreadable', async (_, body) => {
    const { fetch } = fakeFetch([{ body }])
    await expect(openUpcloudClient({ token: 't', fetch }).zones()).rejects.toMatchObject({
      name: 'UpcloudError',
      kind: 'unreadable',
    })
  })

  test('is no success of a request that wants none of its words', async () => {
    const { fetch } = fakeFetch([{ body: '<html>Log in</html>' }, { body: {} }])
    const { servers } = openUpcloudClient({ token: 't', fetch })
    await expect(servers.delete('00')).rejects.toMatchObject({ kind: 'unreadable' })
    await servers.delete('00')
  })

  test('is what has no end', async () => {
    const url = await listen((_, response) => {
      const pour = (): void => {
        while (response.write('x'.repeat(1 << 20)));
      }
      response.on('drain', pour).on('error', () => undefined)
      pour()
    })
    await expect(openUpcloudClient({ token: 't', baseUrl: url }).zones()).rejects.toMatchObject({
      kind: 'unreadable',
      message: expect.stringContaining('has no end'),
    })
  })

  test('is told with the place, and without what stands there', async () => {
    const { fetch } = fakeFetch([{ body: { zones: { zone: [{ id: 'hidden' }] } } }])
    const error = await openUpcloudClient({ token: 't', fetch })
      .zones()
      .catch((thrown: unknown) => thrown)
    expect(String(error)).toBe(
      'UpcloudError: the answer to GET /zone is not what the API documents at zones.0.public',
    )
  })
})

describe('hooks', () => {
  test('see each request and its answer, and no header of ours', async () => {
    const seen: unknown[] = []
    const { fetch } = fakeFetch([{ status: 429, headers: { 'x-left': '0' } }])
    const client = openUpcloudClient({
      token: 'ucat_secret',
      fetch,
      onRequest: (request) => {
        seen.push(request)
      },
      onAnswer: (answer) => seen.push({ ...answer, left: answer.headers.get('x-left') }),
    })
    await expect(client.plans()).rejects.toMatchObject({ status: 429 })
    expect(seen).toMatchObject([
      { method: 'GET', path: '/1.3/plan' },
      { method: 'GET', path: '/1.3/plan', status: 429, left: '0' },
    ])
    expect(JSON.stringify(seen)).not.toContain('ucat_secret')
  })

  test('may hold a request back', async () => {
    const { fetch, sent } = fakeFetch([])
    const onRequest = () => Promise.reject(new Error('not now'))
    await expect(openUpcloudClient({ token: 't', fetch, onRequest }).plans()).rejects.toThrow(
      'not now',
    )
    expect(sent).toEqual([])
  })
})
