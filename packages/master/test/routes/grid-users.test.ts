import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

describe('the users of a grid', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster()
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
  })
  afterEach(() => master.close())

  const users = '/v1/grids/prod/users'
  const add = (email: unknown, token = master.admin) =>
    master.send(users, { method: 'POST', body: { email }, token })
  const remove = (email: string, token = master.admin) =>
    master.send(`${users}/${encodeURIComponent(email)}`, { method: 'DELETE', body: {}, token })
  const emails = async () =>
    Object((await master.send(users)).body).users.map(({ email }: { email: string }) => email)

  it('begin with who made it', async () => {
    expect((await master.send(users)).body).toEqual({
      users: [
        {
          id: expect.any(String),
          email: 'admin',
          name: null,
          roles: [{ name: 'master_admin', description: expect.any(String) }],
        },
      ],
    })
  })

  it('are added once each, by their e-mail addresses', async () => {
    const token = await master.loginAs('jo@example.com', [])
    expect((await master.send('/v1/grids/prod', { token })).status).toBe(403)
    for (const _ of [1, 2]) {
      expect(await add(' jo@example.com ')).toMatchObject({
        status: 201,
        body: { users: [{ email: 'admin' }, { email: 'jo@example.com' }] },
      })
    }
    expect((await master.send('/v1/grids/prod', { token })).body).toMatchObject({ user_count: 2 })
  })

  it.each([
    ['nobody@example.com', 404, { error: 'User not found' }],
    ['', 422, { error: { email: "Email can't be blank" } }],
    [null, 422, { error: { email: "Email can't be nil" } }],
    [{}, 422, { error: { email: "Email isn't a string" } }],
  ])('are not added as %j', async (email, status, body) => {
    expect(await add(email)).toMatchObject({ status, body })
    expect(await emails()).toEqual(['admin'])
  })

  it('are removed, but for the last one', async () => {
    const token = await master.loginAs('jo', [], ['prod'])
    expect(await remove('admin')).toMatchObject({ status: 200, body: { users: [{ email: 'jo' }] } })
    expect(await remove('jo')).toMatchObject({
      status: 422,
      body: { error: { grid: 'Cannot remove last user' } },
    })
    expect((await master.send('/v1/grids/prod', { token })).status).toBe(200)
  })

  it.each(['nobody', 'stranger'])('do not count %s, who is no member', async (email) => {
    await master.loginAs('stranger', [])
    await master.loginAs('jo', [], ['prod'])
    expect(await remove(email)).toMatchObject({
      status: 422,
      body: { error: { user: 'Invalid user' } },
    })
  })

  it.each([
    [['grid_admin'], ['prod'], 201],
    [['user_admin'], ['prod'], 201],
    [[], ['prod'], 422],
    [['user_admin', 'grid_admin'], [], 403],
  ] as const)('are added with %j by a member of %j: %i', async (roles, grids, status) => {
    await master.loginAs('jo', [])
    const token = await master.loginAs('by', roles, grids)
    const reply = await add('jo', token)
    expect(reply.status).toBe(status)
    if (status === 422) expect(reply.body).toEqual({ error: { grid: 'Operation not allowed' } })
    expect((await emails()).includes('jo')).toBe(status === 201)
    expect((await remove('jo', token)).status).toBe(status === 201 ? 200 : status)
  })

  it('are changed by somebody, which is written down', async () => {
    await master.loginAs('jo', [])
    await add('jo')
    await remove('jo')
    const log = await master.store.auditLog(10, 'prod')
    expect(log.slice(0, 2)).toMatchObject([
      { event: 'remove member', resource: { name: 'jo' }, actor: { user: { email: 'admin' } } },
      { event: 'add member', resource: { name: 'jo' }, actor: { user: { email: 'admin' } } },
    ])
  })

  it('are those of a grid there is', async () => {
    expect((await master.send('/v1/grids/nowhere/users')).status).toBe(404)
  })
})
