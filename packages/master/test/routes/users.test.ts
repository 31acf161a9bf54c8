import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

let master: TestMaster

beforeEach(async () => {
  master = await testMaster({ publicUrl: 'https://master.example.com/' })
})
afterEach(() => master.close())

const post = (url: string, body: object, token = master.admin) =>
  master.send(url, { method: 'POST', body, token })
const remove = (url: string, token = master.admin) => master.send(url, { method: 'DELETE', token })
const invite = (email: string, token = master.admin) =>
  post('/oauth2/authorize', { response_type: 'invite', email }, token)

describe('users', () => {
  it('are listed with their roles', async () => {
    await master.loginAs('jo@example.com', ['grid_admin'])
    expect((await master.send('/v1/users')).body).toEqual({
      users: [
        expect.objectContaining({ email: 'admin' }),
        {
          id: expect.any(String),
          email: 'jo@example.com',
          name: null,
          roles: [{ name: 'grid_admin', description: expect.any(String) }],
        },
      ],
    })
  })

  it('lose their tokens at once when they are removed', async () => {
    const token = await master.loginAs('jo@example.com', ['grid_admin'])
    expect(await remove('/v1/users/jo%40example.com')).toMatchObject({ status: 200, body: {} })
    expect((await master.send('/v1/user', { token })).status).toBe(403)
    expect((await remove('/v1/users/Jo@Example.com')).status).toBe(404)
  })

  it('remove neither themselves nor the local admin', async () => {
    const refused = (message: string) => ({ status: 400, body: { error: { user: message } } })
    expect(await remove('/v1/users/admin')).toMatchObject(refused('Cannot remove yourself'))
    const other = await master.loginAs('jo@example.com', ['master_admin'])
    expect(await remove('/v1/users/admin', other)).toMatchObject(
      refused('The local user admin stays'),
    )
  })

  it('do not let who administers users remove who administers the master', async () => {
    const token = await master.loginAs('users@example.com', ['user_admin'])
    await master.loginAs('boss@example.com', ['master_admin'])
    await master.loginAs('jo@example.com', [])
    const denied = { status: 403, body: { error: 'Operation not allowed' } }
    expect(await remove('/v1/users/boss@example.com', token)).toMatchObject(denied)
    expect((await remove('/v1/users/jo@example.com', token)).status).toBe(200)
  })

  it('get roles and lose them', async () => {
    const token = await master.loginAs('jo@example.com', [])
    expect(await post('/v1/users/jo@example.com/roles', { role: 'user_admin' })).toMatchObject({
      status: 201,
      body: { roles: [{ name: 'user_admin' }] },
    })
    expect((await master.send('/v1/users', { token })).status).toBe(200)
    expect(await remove('/v1/users/Jo@Example.com/roles/user_admin')).toMatchObject({
      status: 200,
      body: { roles: [] },
    })
    expect((await master.send('/v1/users', { token })).status).toBe(403)
  })

  it.each([
    ['POST', '/v1/users/jo@example.com/roles', { role: 'king' }, 422],
    ['POST', '/v1/users/jo@example.com/roles', {}, 422],
    ['POST', '/v1/users/nobody/roles', { role: 'grid_admin' }, 404],
    ['DELETE', '/v1/users/jo@example.com/roles/grid_admin', undefined, 422],
    ['DELETE', '/v1/users/jo@example.com/roles/king', undefined, 422],
    ['DELETE', '/v1/users/nobody/roles/grid_admin', undefined, 404],
    ['DELETE', '/v1/users/admin/roles/master_admin', undefined, 422],
  ] as const)('refuse %s %s %j', async (method, url, body, status) => {
    await master.loginAs('jo@example.com', [])
    expect((await master.send(url, { method, body })).status).toBe(status)
  })
})

describe('an invitation', () => {
  it('shows its code once, and is a login for one who has no other', async () => {
    const reply = await invite(' New@Example.com ')
    const code = String(Object(reply.body).invite_code)
    expect(reply).toMatchObject({
      status: 201,
      body: {
        email: 'new@example.com',
        invite_code: expect.stringMatching(/^[0-9a-f]{32}$/),
        link: `https://master.example.com/j/${code}`,
      },
    })
    expect((await master.send('/v1/users')).text).not.toContain(code)
    const exchange = () => post('/oauth2/token', { grant_type: 'authorization_code', code })
    const token = Object((await exchange()).body).access_token
    expect((await master.send('/v1/user', { token })).body).toMatchObject({
      email: 'new@example.com',
      roles: [],
    })
    expect((await exchange()).status).toBe(404)
    expect(await invite('new@example.com')).toMatchObject({
      status: 422,
      body: { error: { email: 'User new@example.com has joined already' } },
    })
  })

  it('is good for a week', async () => {
    const code = String(Object((await invite('new@example.com')).body).invite_code)
    master.clock.advance(7 * 24 * 3_600_000)
    const body = { grant_type: 'authorization_code', code }
    expect((await post('/oauth2/token', body)).status).toBe(404)
  })

  it('is made again only by those who may grant what it opens', async () => {
    const token = await master.loginAs('users@example.com', ['user_admin'])
    expect((await invite('boss@example.com', token)).status).toBe(201)
    expect((await invite('boss@example.com', token)).status).toBe(201)
    expect((await invite('boss@example.com')).status).toBe(201)
    await post('/v1/users/boss@example.com/roles', { role: 'master_admin' })
    expect((await invite('boss@example.com', token)).status).toBe(403)
    expect((await invite('boss@example.com')).status).toBe(201)
  })

  it('opens no role to somebody else who made it, and knows its code', async () => {
    const token = await master.loginAs('users@example.com', ['user_admin'])
    await invite('boss@example.com', token)
    expect(await post('/v1/users/boss@example.com/roles', { role: 'master_admin' })).toMatchObject({
      status: 422,
      body: { error: { user: expect.stringContaining('not joined') } },
    })
  })

  it('is made again for a member of a grid only by who may add one', async () => {
    await post('/v1/grids', { name: 'prod' })
    const outside = await master.loginAs('users@example.com', ['user_admin'])
    const inside = await master.loginAs('prod@example.com', ['user_admin'], ['prod'])
    await invite('new@example.com', outside)
    await post('/v1/grids/prod/users', { email: 'new@example.com' })
    expect((await invite('new@example.com', outside)).status).toBe(403)
    expect((await invite('new@example.com', inside)).status).toBe(201)
  })

  it.each([['no-address'], ['a@b@c'], ['a b@c'], ['a/../b@c'], ['']])(
    'does not go to %j',
    async (email) => {
      expect((await invite(email)).status).toBe(422)
    },
  )
})
