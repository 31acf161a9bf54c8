import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { issueToken, type TestMaster, testMaster } from '../fixtures/test-master.ts'
import { type Expected, type RoleRow, roleColumns, roleTable } from './role-table.ts'

let master: TestMaster
const tokens = new Map<string, string>()
const routes = new Set<string>()

beforeAll(async () => {
  master = await testMaster()
  master.app.addHook('onRoute', ({ method, url }) => {
    // Each GET brings a HEAD along, which is the same but for the body.
    for (const one of [method].flat()) if (one !== 'HEAD') routes.add(`${one} ${url}`)
  })
  const post = (url: string, body: object) => master.send(url, { method: 'POST', body })
  for (const name of ['prod', 'test']) await post('/v1/grids', { name })
  await post('/v1/grids/prod/nodes', { name: 'web-1' })
  tokens.set('masterAdmin', await master.loginAs('master', ['master_admin']))
  tokens.set('gridAdmin', await master.loginAs('grid', ['grid_admin'], ['prod']))
  tokens.set('member', await master.loginAs('member', [], ['prod']))
  tokens.set('otherGridAdmin', await master.loginAs('other-grid', ['grid_admin'], ['test']))
  tokens.set('userAdmin', await master.loginAs('users', ['user_admin']))
  tokens.set('outsider', await master.loginAs('outsider', []))
  tokens.set('expired', await expiredToken())
})
afterAll(() => master.close())

/** Of the local admin, who might do anything with it. */
async function expiredToken(): Promise<string> {
  const admin = await master.store.user('admin')
  const { store, clock } = master
  const token = await issueToken(store, admin?.id ?? '', { clock, lifetime: 60 })
  clock.advance(60_000)
  return token
}

/** The status, and not the body but where it may tell more: some answers never end. */
async function statusOf(
  { route, url, body }: RoleRow,
  token: string | undefined,
  headers: Record<string, string> = {},
): Promise<Expected> {
  const [method] = route.split(' ')
  const known = ['POST', 'PUT', 'PATCH', 'DELETE'] as const
  const reply = await master.app.inject({
    method: known.find((one) => one === method) ?? 'GET',
    url,
    headers: {
      ...headers,
      ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { payload: JSON.stringify(body) }),
    payloadAsStream: true,
  })
  const { statusCode } = reply
  if (statusCode !== 422) {
    reply.stream().destroy()
    return statusCode
  }
  const answer = (await reply.stream().toArray()).map(String).join('')
  return answer.includes('Operation not allowed') ? 'not allowed' : statusCode
}

describe('the rights on', () => {
  it.each(roleTable)('$route $body are those of the role', async (row) => {
    const found: Record<string, Expected> = {}
    for (const role of roleColumns) found[role] = await statusOf(row, tokens.get(role))
    expect(found).toEqual(
      Object.fromEntries(roleColumns.map((role, column) => [role, row.statuses[column]])),
    )
  })

  it.each(roleTable)(
    "$route $body are nobody's without a valid token, but where it is open",
    async (row) => {
      const ours = { 'kontena-client': '2.0.0' }
      const expired = tokens.get('expired')
      const found = {
        none: await statusOf(row, undefined),
        unknown: await statusOf(row, 'f'.repeat(64)),
        expired: await statusOf(row, expired),
        expiredOfOurs: await statusOf(row, expired, ours),
      }
      const [status] = row.statuses
      expect(found).toEqual(
        row.access === 'open'
          ? { none: status, unknown: status, expired: status, expiredOfOurs: status }
          : { none: 403, unknown: 403, expired: 403, expiredOfOurs: 401 },
      )
    },
  )

  it('routes are written down for every one that there is', () => {
    const rows = new Set(roleTable.map((row) => row.route))
    expect([...routes].filter((route) => !rows.has(route))).toEqual([])
    expect([...rows].filter((route) => !routes.has(route))).toEqual([])
  })
})
