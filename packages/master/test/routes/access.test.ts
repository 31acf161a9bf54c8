import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { order, secret, type TestMaster, testMaster } from '../fixtures/test-master.ts'

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
