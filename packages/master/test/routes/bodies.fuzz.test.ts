import fc from 'fast-check'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

const seeded = (numRuns: number) => ({ seed: 20_260_301, numRuns })

type Method = 'POST' | 'PUT' | 'PATCH' | 'DELETE'

/** Everything that takes a body, and the names of fields that it knows. */
const routes: readonly (readonly [method: Method, path: string, fields: readonly string[]])[] = [
  ['POST', '/v1/auth', ['username', 'password']],
  ['POST', '/oauth2/token', ['grant_type', 'code', 'refresh_token', 'client_id']],
  ['POST', '/oauth2/authorize', ['response_type', 'scope', 'expires_in', 'user', 'email']],
  ['POST', '/v1/enrol', ['secret', 'name', 'nodeToken', 'machine', 'hostKeys', 'user']],
  ['POST', '/v1/grids', ['name', 'initial_size', 'token', 'subnet', 'trusted_subnets', 'logs']],
  ['PUT', '/v1/grids/prod', ['stats', 'logs', 'default_affinity', 'trusted_subnets']],
  ['DELETE', '/v1/grids/prod', []],
  ['POST', '/v1/grids/prod/users', ['email']],
  ['POST', '/v1/grids/prod/nodes', ['name', 'token', 'labels']],
  ['POST', '/v1/grids/prod/enrolments', ['order', 'secret', 'expires_in', 'nodes']],
  ['PUT', '/v1/nodes/prod/web-1', ['labels', 'availability', 'name']],
  ['PUT', '/v1/nodes/prod/web-1/token', ['token', 'reset_connection']],
  ['DELETE', '/v1/nodes/prod/web-1/token', ['reset_connection']],
  ['PATCH', '/v1/config', ['server.name', 'oauth2.client_secret']],
  ['PUT', '/v1/config', ['server.name', 'oauth2.client_secret']],
  ['POST', '/v1/users/admin/roles', ['role']],
]

const types = [
  'application/json',
  'application/json; charset=utf-16',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'text/plain',
  '',
  'nonsense',
]

const bytes = fc.uint8Array({ maxLength: 300 }).map((any) => Buffer.from(any))
const json = fc.jsonValue({ maxDepth: 4 }).map((value) => Buffer.from(JSON.stringify(value)))
const form = fc
  .array(fc.tuple(fc.string(), fc.string()), { maxLength: 6 })
  .map((pairs) => Buffer.from(new URLSearchParams(pairs).toString()))

describe('a body of any kind', () => {
  let master: TestMaster
  beforeAll(async () => {
    master = await testMaster()
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    await master.store.createNode('prod', { name: 'web-1', labels: [] }, system, master.clock())
  })
  afterAll(() => master.close())

  const send = async (
    method: Method,
    url: string,
    { body, type }: { body: Buffer; type: string },
  ) => {
    const headers = { authorization: `Bearer ${master.admin}`, 'content-type': type }
    const sent = { method: method, url, payload: body, headers }
    return (await master.app.inject(sent)).statusCode
  }

  it.each(routes)('for %s %s is answered, and never with a failure of ours', async (...route) => {
    const [method, path, fields] = route
    const named = fc
      .dictionary(fc.constantFrom('any', ...fields), fc.jsonValue({ maxDepth: 3 }))
      .map((value) => Buffer.from(JSON.stringify(value)))
    const sent = fc.record({
      body: fc.oneof(bytes, json, form, named),
      type: fc.constantFrom(...types),
    })
    const property = fc.asyncProperty(sent, async (given) => {
      expect(await send(method, path, given)).toBeLessThan(500)
    })
    await fc.assert(property, seeded(40))
  })

  it('is refused where it is nested without end', async () => {
    for (const [open, close] of [
      ['[', ']'],
      ['{"a":', '}'],
    ] as const) {
      const body = Buffer.from(`${open.repeat(50_000)}1${close.repeat(50_000)}`)
      const status = await send('PUT', '/v1/nodes/prod/web-1', { body, type: 'application/json' })
      expect([200, 400, 422]).toContain(status)
    }
  })

  it.each(['__proto__', 'constructor', 'toString'])('may have a field named %s', async (name) => {
    const body = Buffer.from(`{"${name}": {"isAdmin": true}, "labels": []}`)
    const status = await send('PUT', '/v1/nodes/prod/web-1', { body, type: 'application/json' })
    expect(status).toBeLessThan(500)
    expect(Object.hasOwn(Object.prototype, 'isAdmin')).toBe(false)
  })
})
