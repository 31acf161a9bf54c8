import fc from 'fast-check'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

let master: TestMaster

const ours = { 'kontena-client': '2.0.0' }
const create = (body: unknown, headers: Record<string, string> = {}) =>
  master.send('/v1/grids', { method: 'POST', body, headers })

/** Bytes as they are, under any type or none. */
async function post(url: string, payload: string | Buffer, headers: Record<string, string> = {}) {
  const reply = await master.app.inject({
    method: 'POST',
    url,
    headers: { authorization: `Bearer ${master.admin}`, ...headers },
    payload,
  })
  return { status: reply.statusCode, text: reply.body }
}

describe('values in bodies', () => {
  beforeEach(async () => {
    master = await testMaster()
  })
  afterEach(() => master.close())

  it.each([
    [{ name: '  prod\n' }, { name: 'prod' }],
    [{ name: '\u0000prod\u0007' }, { name: 'prod' }],
    [{ name: 12345 }, { name: '12345' }],
    [{ name: true }, { name: 'true' }],
    [{ initial_size: '3' }, { initial_size: 3 }],
    [{ initial_size: ' 3 ' }, { initial_size: 3 }],
    [{ initial_size: 3.0 }, { initial_size: 3 }],
    [
      { initial_size: null, stats: null },
      { initial_size: 1, stats: { statsd: null } },
    ],
    [{ default_affinity: [' label==x ', 7] }, { default_affinity: ['label==x', '7'] }],
    [
      { stats: { statsd: { server: ' h ', port: '8125' } } },
      { stats: { statsd: { server: 'h', port: 8125 } } },
    ],
    [
      { logs: { forwarder: ' fluentd', opts: { 'fluentd-address': 'h:1', 'fluentd-retries': 3 } } },
      {
        logs: {
          forwarder: 'fluentd',
          opts: { 'fluentd-address': 'h:1', 'fluentd-retries': '3' },
        },
      },
    ],
  ])('are read as meant: %j', async (body, grid) => {
    expect(await create(body)).toMatchObject({ status: 201, body: grid })
  })

  it.each([
    [{ initial_size: '3.5' }, { initial_size: "Initial Size isn't an integer" }],
    [{ initial_size: '0x3' }, { initial_size: "Initial Size isn't an integer" }],
    [{ initial_size: '' }, { initial_size: "Initial Size can't be blank" }],
    [{ initial_size: true }, { initial_size: "Initial Size isn't an integer" }],
    [{ initial_size: 1e300 }, { initial_size: 'Initial Size is too big' }],
    [{ name: '' }, { name: "Name can't be blank" }],
    [{ name: ' \t ' }, { name: "Name can't be blank" }],
    [{ name: 'a\nb' }, { name: "Name isn't in the right format" }],
    [{ name: {} }, { name: "Name isn't a string" }],
    [{ name: 'x'.repeat(129) }, { name: 'Name is too long' }],
    [{ default_affinity: 'x' }, { default_affinity: "Default Affinity isn't an array" }],
    [
      { default_affinity: ['x', null] },
      { default_affinity: [null, "Default Affinity can't be nil"] },
    ],
    [{ stats: [] }, { stats: "Stats isn't a hash" }],
    [{ stats: { statsd: {} } }, { stats: { statsd: { server: 'Server is required' } } }],
    [
      { stats: { statsd: { server: null, port: 1 } } },
      { stats: { statsd: { server: "Server can't be nil" } } },
    ],
    [{ logs: { opts: {} } }, { logs: { forwarder: 'Forwarder is required' } }],
    [{ logs: { forwarder: 'none', opts: [] } }, { logs: { opts: "Opts isn't a hash" } }],
  ])('are refused by their fields: %j', async (body, error) => {
    expect(await create(body)).toMatchObject({ status: 422, body: { error } })
  })

  it.each([
    [true, true],
    ['true', true],
    ['1', true],
    [1, true],
    [false, false],
    ['false', false],
    ['0', false],
    [0, false],
    [null, false],
    ['yes', "Reset Connection isn't a boolean"],
    [2, "Reset Connection isn't a boolean"],
  ])('are the boolean that %j stands for', async (value, meant) => {
    await create({ name: 'prod' })
    await master.send('/v1/grids/prod/nodes', { method: 'POST', body: { name: 'web-1' } })
    const body = { reset_connection: value, token: null }
    const reply = await master.send('/v1/nodes/prod/web-1/token', { method: 'PUT', body })
    expect(reply).toMatchObject(
      typeof meant === 'string'
        ? { status: 422, body: { error: { reset_connection: meant } } }
        : { status: 200 },
    )
  })
})

describe('fields that nobody knows', () => {
  beforeEach(async () => {
    master = await testMaster()
  })
  afterEach(() => master.close())

  it('are ignored for old clients', async () => {
    const body = { name: 'prod', colour: 'red', stats: { statsd: null, more: 1 } }
    expect(await create(body)).toMatchObject({ status: 201 })
  })

  it('are named to clients of ours, wherever they stand', async () => {
    const body = { name: 'prod', inital_size: 3, stats: { statd: null } }
    expect(await create(body, ours)).toMatchObject({
      status: 422,
      body: {
        error: {
          inital_size: "Inital Size isn't a known field",
          stats: { statd: "Statd isn't a known field" },
        },
      },
    })
    expect((await master.send('/v1/grids')).body).toEqual({ grids: [] })
  })

  it('are named beside all else that is wrong', async () => {
    expect((await create({ name: '', colour: 1 }, ours)).body).toEqual({
      error: { name: "Name can't be blank", colour: "Colour isn't a known field" },
    })
  })

  it('become no prototype, and are named like any other', async () => {
    const body = '{"__proto__":{"initial_size":7},"constructor":{"prototype":{"evil":1}}}'
    const made = await create(body)
    expect(made).toMatchObject({ status: 201, body: { initial_size: 1 } })
    expect(Object({})).not.toHaveProperty('evil')
    const named = await create(body, ours)
    expect(named.status).toBe(422)
    expect(named.text).toBe(
      `{"error":{"__proto__":"Proto isn't a known field","constructor":"Constructor isn't a known field"}}`,
    )
  })

  it('are named at a length that people read', async () => {
    const fields = Array.from({ length: 1000 }, (_, index) => [`${index}${'x'.repeat(500)}`, 1])
    const { status, text } = await create(Object.fromEntries(fields), ours)
    expect(status).toBe(422)
    expect(text.length).toBeLessThan(4_000)
  })
})

describe('a body', () => {
  beforeAll(async () => {
    master = await testMaster()
  })
  afterAll(() => master.close())

  it.each([
    '{',
    '{"name":"prod"}}',
    "{'name':'prod'}",
    '{"name":"prod",}',
    '{"name":undefined}',
    '{"initial_size":01}',
    'name=prod',
    '[',
    '['.repeat(50_000),
  ])('that is no JSON is told so: %.20s', async (text) => {
    expect(await post('/v1/grids', text)).toEqual({ status: 400, text: '{"error":"Invalid json"}' })
  })

  it.each([
    ['a byte that begins nothing', Buffer.from('{"name":"pro\xffd"}', 'latin1')],
    ['a character that is cut off', Buffer.from('{"name":"pro\xe2\x82"}', 'latin1')],
    ['half a pair', Buffer.from('{"name":"\xed\xa0\x80"}', 'latin1')],
    ['UTF-16', Buffer.from('{"name":"prod"}', 'utf16le')],
  ])('of %s is no JSON', async (_, bytes) => {
    expect((await post('/v1/grids', bytes)).status).toBe(400)
  })

  it.each(['[]', '"prod"', '3', 'true', '['.repeat(9_000) + ']'.repeat(9_000)])(
    'that is no object is told so: %.20s',
    async (text) => {
      expect(await post('/v1/grids', text)).toEqual({
        status: 422,
        text: '{"error":{"body":"Body isn\'t a hash"}}',
      })
    },
  )

  it('says what was said last where a field comes twice', async () => {
    const { status, text } = await post('/v1/grids', '{"name":"first","name":"second"}')
    expect({ status, name: JSON.parse(text).name }).toEqual({ status: 201, name: 'second' })
  })

  it.each([
    undefined,
    'application/json; charset=utf-8',
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/vnd.api+json',
  ])('is JSON whatever its type says: %s', async (type) => {
    const headers: Record<string, string> = type === undefined ? {} : { 'content-type': type }
    expect((await post('/v1/grids', '{}', headers)).status).toBe(201)
    expect((await post('/v1/grids', '', headers)).status).toBe(201)
  })

  it.each([
    ['/v1/grids', 1024 * 1024],
    ['/oauth2/token', 64 * 1024],
    ['/v1/enrol', 64 * 1024],
  ])('for %s has %i bytes at most', async (url, most) => {
    const { status, text } = await post(url, `{"x":"${'x'.repeat(most)}"}`)
    expect({ status, text: JSON.parse(text) }).toEqual({
      status: 413,
      text: expect.objectContaining({ error: 'Request body is too large' }),
    })
  })
})

describe('an address', () => {
  beforeAll(async () => {
    master = await testMaster()
  })
  afterAll(() => master.close())

  it.each(['/v1/grids/%', '/v1/grids/%ff', '/v1/grids/%E0%A4%A/nodes', '/%'])(
    'that cannot be decoded is refused with JSON: %s',
    async (url) => {
      const reply = await master.send(url)
      expect(reply).toMatchObject({ status: 400, body: { error: expect.any(String) } })
      expect(reply.headers['x-kontena-version']).toBe('2.0.0')
    },
  )

  it.each([
    '/v1/grids/',
    '/v1/grids/..%2f..%2fetc',
    '/v1/grids/%00',
    "/v1/grids/x' OR '1'='1",
    '/v1/grids/__proto__',
    '/v1/nope',
  ])('that leads nowhere is not found: %.40s', async (url) => {
    expect((await master.send(encodeURI(url).replaceAll('%25', '%'))).status).toBe(404)
  })

  it('of any length is refused', async () => {
    expect((await master.send(`/v1/grids/${'x'.repeat(5000)}`)).status).toBe(414)
  })
})

describe('any JSON at all', () => {
  it('is answered with what is wrong with it, and never breaks the master', async () => {
    master = await testMaster()
    await create({ name: 'prod' })
    await master.send('/v1/grids/prod/nodes', { method: 'POST', body: { name: 'web-1' } })
    const routes = [
      ['POST', '/v1/grids'],
      ['PUT', '/v1/grids/prod'],
      ['POST', '/v1/grids/prod/users'],
      ['POST', '/v1/grids/prod/nodes'],
      ['PUT', '/v1/nodes/prod/web-1'],
      ['PUT', '/v1/nodes/prod/web-1/token'],
      ['POST', '/v1/grids/prod/enrolments'],
      ['POST', '/v1/enrol'],
      ['POST', '/oauth2/token'],
    ] as const
    const known = fc.constantFrom(
      ...['name', 'initial_size', 'stats', 'statsd', 'logs', 'opts', 'labels', 'token', 'subnet'],
      ...['trusted_subnets', 'nodes', 'order', 'secret', 'email', 'machine', '__proto__', 'code'],
    )
    const { value } = fc.letrec((tie) => ({
      value: fc.oneof({ maxDepth: 4 }, fc.jsonValue({ maxDepth: 2 }), tie('list'), tie('fields')),
      list: fc.array(tie('value'), { maxLength: 3 }),
      fields: fc.dictionary(fc.oneof(known, fc.string()), tie('value'), { maxKeys: 5 }),
    }))
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...routes),
        value,
        fc.boolean(),
        async (route, body, isOurs) => {
          const [method, url] = route
          const reply = await master.send(url, {
            method,
            body: JSON.stringify(body),
            headers: isOurs ? ours : {},
          })
          expect([200, 201, 204, 400, 403, 404, 409, 422, 429]).toContain(reply.status)
          if (reply.status >= 400) expect(reply.text).toMatch(/^\{"error":/)
        },
      ),
      { numRuns: 150 },
    )
    await master.close()
  })
})

describe('any bytes at all', () => {
  it('are no JSON, or no grid, or one', async () => {
    master = await testMaster()
    const pieces = fc.constantFrom(
      ...['{', '}', '[', ']', '"', ':', ',', '"name"', '"x"', '1e400', '-', '\\u0000', '\\ud800'],
      ...['null', 'true', '\ufeff', '\u2028', '\0'],
    )
    const bytes = fc.oneof(
      fc.uint8Array({ maxLength: 64 }).map((array) => Buffer.from(array)),
      fc.array(pieces, { maxLength: 12 }).map((parts) => Buffer.from(parts.join(''))),
    )
    await fc.assert(
      fc.asyncProperty(bytes, async (payload) => {
        const { status, text } = await post('/v1/grids', payload)
        expect([201, 400, 422]).toContain(status)
        expect(() => JSON.parse(text)).not.toThrow()
      }),
      { numRuns: 150 },
    )
    await master.close()
  })
})
