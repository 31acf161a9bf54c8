import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashSecret } from '../../src/secrets/secrets.ts'
import { issueToken, system, type TestMaster, testMaster } from '../fixtures/test-master.ts'
import { form, type LegacyCli, legacyCli } from './legacy-cli.ts'

let master: TestMaster
let url: string
let cli: LegacyCli

beforeEach(async () => {
  master = await testMaster()
  url = await master.app.listen({ host: '127.0.0.1', port: 0 })
  cli = legacyCli(url, master.admin)
})
afterEach(() => master.close())

const text = expect.any(String)
/** The CLI names itself in each login; these are not secret. */
const client = { client_id: 'kontena-cli', client_secret: 'not-secret' }

async function makeCode(code: string, lifetime?: number): Promise<void> {
  const user = await master.store.user('admin')
  const wanted = { userId: user?.id ?? '', codeHash: hashSecret(code), lifetime }
  await master.store.createCode({ ...wanted, scopes: 'user,owner' }, system, master.clock())
}

describe('the CLI of 1.5', () => {
  it.each([
    ['JSON', {}],
    ['a form', form],
  ])('logs in with a code in %s, and uses what it gets', async (_, headers) => {
    await makeCode('the-code')
    const guest = legacyCli(url)
    const body = { grant_type: 'authorization_code', code: 'the-code', ...client }
    const token = await guest.post('/oauth2/token', body, { guest: true, headers })
    expect(guest.last.status).toBe(201)
    expect(token).toMatchObject({
      id: text,
      token_type: 'bearer',
      access_token: expect.stringMatching(/^[0-9a-f]{64}$/),
      refresh_token: null,
      access_token_last_four: text,
      refresh_token_last_four: null,
      expires_in: null,
      scopes: 'user,owner',
      user: { id: text, email: 'admin' },
    })
    expect(token).toHaveProperty('server.name')
    guest.remember(token)
    expect(await guest.get('/v1/user')).toMatchObject({
      email: 'admin',
      roles: [{ name: 'master_admin', description: text }],
    })
    expect(await guest.get('/')).toMatchObject({ name: 'Kontena Master', version: '2.0.0' })
    expect(await guest.get('grids')).toEqual({ grids: [] })
  })

  it('refreshes its token by its own clock, as an old one ends with 403', async () => {
    await makeCode('the-code', 7200)
    const guest = legacyCli(url)
    const login = { grant_type: 'authorization_code', code: 'the-code', ...client }
    const token = await guest.post('/oauth2/token', login, { guest: true })
    expect(token).toMatchObject({
      expires_in: 7200,
      refresh_token: expect.stringMatching(/^[0-9a-f]{128}$/),
    })
    guest.remember(token)
    master.clock.advance(7_200_000)
    await expect(guest.get('/v1/user')).rejects.toMatchObject({
      status: 403,
      body: { error: 'invalid_token', error_description: 'Token expired' },
    })
    const refresh = { refresh_token: token.refresh_token, grant_type: 'refresh_token', ...client }
    guest.remember(await guest.post('/oauth2/token', refresh, { guest: true }))
    expect(await guest.get('/v1/user')).toMatchObject({ email: 'admin' })
  })

  it('is refused with 403 where it is not logged in', async () => {
    const guest = legacyCli(url, 'wrong')
    await expect(guest.get('grids')).rejects.toMatchObject({
      status: 403,
      body: { error: 'invalid_token', error_description: 'Invalid token' },
    })
    expect(guest.last.headers['www-authenticate']).toMatch(/^Bearer realm="kontena_master"/)
  })

  it('invites users, gives them roles, and removes them', async () => {
    const body = { email: 'jo@example.com', external_id: null, response_type: 'invite' }
    expect(await cli.post('/oauth2/authorize', body)).toMatchObject({
      email: 'jo@example.com',
      invite_code: expect.stringMatching(/^[0-9a-f]{12,}$/),
    })
    const roles = 'users/jo@example.com/roles'
    expect(await cli.post(roles, { role: 'grid_admin' })).toMatchObject({
      roles: [{ name: 'grid_admin' }],
    })
    expect(await cli.get('users')).toMatchObject({
      users: [{ email: 'admin' }, { id: text, email: 'jo@example.com', roles: [{}] }],
    })
    expect(await cli.delete(`${roles}/grid_admin`)).toMatchObject({ roles: [] })
    expect(await cli.delete('users/jo@example.com')).toEqual({})
  })

  it('creates tokens for programs, lists and removes them', async () => {
    const wanted = { response_type: 'token', scope: 'user', expires_in: '0', description: 'ci' }
    const token = await cli.post('/oauth2/authorize', wanted)
    expect(token).toMatchObject({ access_token: text, expires_in: null, description: 'ci' })
    const program = legacyCli(url)
    program.remember(token)
    expect(await program.get('/v1/user')).toMatchObject({ email: 'admin' })
    const { tokens } = await cli.get('/oauth2/tokens')
    expect(Object(tokens)).toContainEqual(
      expect.objectContaining({ id: token.id, scopes: expect.anything(), description: 'ci' }),
    )
    expect(await cli.get(`/oauth2/tokens/${token.id}`)).toMatchObject({ id: token.id })
    await cli.delete(`/oauth2/tokens/${token.id}`)
    await expect(program.get('/v1/user')).rejects.toMatchObject({ status: 403 })
  })

  it('reads and changes settings of the master', async () => {
    await cli.patch('config', { 'server.name': 'lab', 'oauth2.client_secret': 's' })
    expect(cli.last.status).toBe(201)
    expect(await cli.get('config/server.name')).toEqual({ 'server.name': 'lab' })
    expect(await cli.get('config', { query: { filter: 'oauth2.*' } })).toEqual({
      'oauth2.client_secret': 's',
    })
    await cli.delete('config/server.name')
    await expect(cli.get('config/server.name')).rejects.toMatchObject({ status: 404 })
    await cli.put('config', { 'server.name': 'other' })
    expect(await cli.get('config')).toEqual({ 'server.name': 'other', 'server.uuid': text })
  })

  it('reads who changed what', async () => {
    await cli.post('grids', { name: 'prod' })
    const { logs } = await cli.get('grids/prod/audit_log', { query: { limit: '100' } })
    expect(logs).toMatchObject([
      {
        time: text,
        grid: 'prod',
        resource_type: text,
        resource_name: 'prod',
        event_name: text,
        event_status: text,
        source_ip: '127.0.0.1',
        user_agent: 'kontena-cli/1.5.4',
        user_identity: { id: text, email: 'admin' },
      },
    ])
  })

  it('is no client of ours, so fields that it alone knows are passed over', async () => {
    const token = await issueToken(master.store, (await master.store.user('admin'))?.id ?? '', {
      clock: master.clock,
    })
    const other = legacyCli(url, token)
    expect(await other.post('grids', { name: 'prod', cloud_enabled: true })).toMatchObject({
      name: 'prod',
    })
  })
})
