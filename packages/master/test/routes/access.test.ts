import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { order, secret, type TestMaster, testMaster } from '../fixtures/test-master.ts'

/**
 * Who may do what. Columns: the local admin, an administrator of the grid, a member, an
 * administrator of another grid, and somebody without login. 404 means that access was granted to
 * something that does not exist, which leaves the grid as it is for the next row.
 */
const table: [string, string, object | undefined, number[]][] = [
  ['GET', '/v1/user', undefined, [200, 200, 200, 200, 403]],
  ['GET', '/v1/grids', undefined, [200, 200, 200, 200, 403]],
  ['GET', '/v1/grids/prod', undefined, [200, 200, 200, 403, 403]],
  ['POST', '/v1/grids', { name: 'x' }, [422, 422, 422, 422, 403]],
  ['DELETE', '/v1/grids/nowhere', undefined, [404, 404, 404, 404, 403]],
  ['GET', '/v1/grids/prod/nodes', undefined, [200, 200, 200, 403, 403]],
  ['POST', '/v1/grids/prod/nodes', { name: '' }, [422, 422, 403, 403, 403]],
  ['GET', '/v1/nodes/prod/web-1', undefined, [200, 200, 200, 403, 403]],
  ['PUT', '/v1/nodes/prod/web-1', {}, [200, 200, 403, 403, 403]],
  ['DELETE', '/v1/nodes/prod/nobody', undefined, [404, 404, 403, 403, 403]],
  ['GET', '/v1/nodes/prod/web-1/token', undefined, [200, 200, 403, 403, 403]],
  ['POST', '/v1/grids/prod/enrolments', {}, [422, 422, 403, 403, 403]],
  ['DELETE', '/v1/grids/prod/enrolments/none', undefined, [200, 200, 403, 403, 403]],
  ['GET', '/', undefined, [200, 200, 200, 200, 200]],
  ['GET', '/v1/ping', undefined, [200, 200, 200, 200, 200]],
  ['POST', '/v1/enrol', {}, [422, 422, 422, 422, 422]],
  ['POST', '/oauth2/token', {}, [400, 400, 400, 400, 400]],
]

describe('the rights of users', () => {
  let master: TestMaster
  const tokens: (string | undefined)[] = []
  beforeAll(async () => {
    master = await testMaster()
    const post = (url: string, body: object) => master.send(url, { method: 'POST', body })
    await post('/v1/grids', { name: 'prod' })
    await post('/v1/grids', { name: 'test' })
    await post('/v1/grids/prod/nodes', { name: 'web-1' })
    tokens.push(
      master.admin,
      await master.loginAs('grid-admin', ['grid_admin'], ['prod']),
      await master.loginAs('member', [], ['prod']),
      await master.loginAs('other-admin', ['grid_admin'], ['test']),
      undefined,
    )
  })
  afterAll(() => master.close())

  it.each(table)('%s %s %j', async (method, url, body, expected) => {
    const statuses: number[] = []
    for (const token of tokens) {
      const known = method === 'POST' || method === 'PUT' || method === 'DELETE' ? method : 'GET'
      statuses.push((await master.send(url, { method: known, body, token })).status)
    }
    expect(statuses).toEqual(expected)
  })

  it('keep making and removing grids to the administrator of the master', async () => {
    const refused = { status: 422, body: { error: { user: 'Operation not allowed' } } }
    const token = tokens[1]
    const create = { method: 'POST' as const, body: { name: 'good-name' }, token }
    expect(await master.send('/v1/grids', create)).toMatchObject(refused)
    const remove = { method: 'DELETE' as const, token }
    expect(await master.send('/v1/grids/prod', remove)).toMatchObject(refused)
  })

  it('show members their own grids only', async () => {
    const names = async (token: string | undefined) =>
      Object((await master.send('/v1/grids', { token })).body).grids.map(
        (grid: unknown) => Object(grid).name,
      )
    expect(await names(tokens[0])).toEqual(['prod', 'test'])
    expect(await names(tokens[2])).toEqual(['prod'])
  })

  it('do not let an administrator end an order of another grid', async () => {
    const nodes = [{ name: 'db-1' }]
    const body = { order, secret, expires_in: 600, nodes }
    await master.send('/v1/grids/prod/enrolments', { method: 'POST', body })
    const url = `/v1/grids/test/enrolments/${order}`
    expect((await master.send(url, { method: 'DELETE', token: tokens[3] })).status).toBe(200)
    const again = await master.send('/v1/grids/prod/enrolments', { method: 'POST', body })
    expect(again.status).toBe(201)
    expect((await master.store.auditLog(1))[0]?.event).toBe('create enrolment')
  })
})
