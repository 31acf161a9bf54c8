import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashSecret } from '../../src/secrets/secrets.ts'
import { issueToken, system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

describe('POST /oauth2/token', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster()
    await makeCode('the-code', undefined)
  })
  afterEach(() => master.close())

  const makeCode = async (code: string, lifetime: number | undefined) => {
    const user = await master.store.user('admin')
    const codeHash = hashSecret(code)
    const wanted = { userId: user?.id ?? '', codeHash, lifetime, scopes: 'user,owner' }
    await master.store.createCode(wanted, system, master.clock())
  }
  const post = (body: unknown, headers: Record<string, string> = {}) =>
    master.send('/oauth2/token', { method: 'POST', body, headers, token: undefined })
  const byCode = (code: string) => post({ grant_type: 'authorization_code', code })

  it('gives a token that never expires for the code of the first login', async () => {
    const reply = await byCode('the-code')
    expect(reply.status).toBe(201)
    expect(reply.body).toMatchObject({
      token_type: 'bearer',
      access_token: expect.stringMatching(/^[0-9a-f]{64}$/),
      refresh_token: null,
      expires_in: null,
      scopes: 'user,owner',
      user: { email: 'admin', name: null },
      server: { name: null },
    })
  })

  it('gives a token that works', async () => {
    const { body } = await byCode('the-code')
    const token = String(Object(body).access_token)
    expect(await master.send('/v1/user', { token })).toMatchObject({
      status: 200,
      body: { email: 'admin', roles: [{ name: 'master_admin' }] },
    })
  })

  it('takes a code once', async () => {
    await byCode('the-code')
    expect(await byCode('the-code')).toMatchObject({
      status: 404,
      body: { error: 'invalid_request', error_description: 'authorization_code' },
    })
  })

  it('takes a form as well', async () => {
    const reply = await post('grant_type=authorization_code&code=the-code', {
      'content-type': 'application/x-www-form-urlencoded',
      accept: 'application/json',
    })
    expect(reply).toMatchObject({ status: 201, body: { token_type: 'bearer' } })
  })

  it('answers a form by a form where JSON was not asked for', async () => {
    const reply = await post('grant_type=authorization_code&code=the-code&state=s%201', {
      'content-type': 'application/x-www-form-urlencoded',
    })
    const fields = new URLSearchParams(reply.text)
    expect(fields.get('access_token')).toMatch(/^[0-9a-f]{64}$/)
    expect(fields.get('state')).toBe('s 1')
  })

  it('renews an expiring token by its refresh token, once', async () => {
    await makeCode('short', 60)
    const first = Object((await byCode('short')).body)
    expect(first).toMatchObject({ expires_in: 60 })
    const refresh = { grant_type: 'refresh_token', refresh_token: first.refresh_token }
    const next = await post(refresh)
    expect(next).toMatchObject({ status: 201, body: { expires_in: 7200 } })
    expect((await master.send('/v1/user', { token: first.access_token })).status).toBe(403)
    expect(await post(refresh)).toMatchObject({
      status: 404,
      body: { error: 'invalid_request', error_description: 'refresh_token' },
    })
  })

  it.each([
    [{}, 'invalid_request'],
    [{ grant_type: 'authorization_code' }, 'invalid_request'],
    [{ grant_type: 'authorization_code', code: '' }, 'invalid_request'],
    [{ grant_type: 'authorization_code', code: 7 }, 'invalid_request'],
    [{ grant_type: 'refresh_token', code: 'the-code' }, 'invalid_request'],
    [{ grant_type: 'password', code: 'the-code' }, 'unsupported_grant_type'],
  ])('refuses %j', async (body, error) => {
    expect(await post(body)).toMatchObject({ status: 400, body: { error } })
    expect((await byCode('the-code')).status).toBe(201)
  })

  it('makes an address wait after sixty failures, for a minute', async () => {
    for (let attempt = 0; attempt < 60; attempt += 1) await byCode('guess')
    const limited = { status: 429, body: { error: 'too_many_requests' } }
    expect(await byCode('the-code')).toMatchObject(limited)
    master.clock.advance(60_001)
    expect((await byCode('the-code')).status).toBe(201)
  })
})

describe('POST /v1/auth', () => {
  it('says that there are no passwords, and how to log in', async () => {
    const master = await testMaster()
    const post = (agent: string) =>
      master.send('/v1/auth', { method: 'POST', body: {}, headers: { 'user-agent': agent } })
    const text = 'This master has no passwords. Use: kontena master login'
    expect(await post('curl')).toMatchObject({ status: 403, body: text })
    const old = await post('kontena-cli/0.16')
    expect(old).toMatchObject({ status: 403, body: `${text} with Kontena 1.0 or later` })
    await master.close()
  })
})

describe('an access token', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster()
  })
  afterEach(() => master.close())

  const expired = async () => {
    const user = await master.store.user('admin')
    const token = await issueToken(master.store, user?.id ?? '', {
      clock: master.clock,
      lifetime: 60,
    })
    master.clock.advance(60_000)
    return token
  }

  it.each([
    ['missing', undefined],
    ['unknown', 'f'.repeat(64)],
  ])('that is %s gets 403', async (_what, token) => {
    const reply = await master.send('/v1/user', { token })
    expect(reply).toMatchObject({
      status: 403,
      body: { error: 'invalid_token', error_description: 'Invalid token' },
    })
    expect(reply.headers['www-authenticate']).toBe(
      'Bearer realm="kontena_master", error="invalid_token", error_description="Invalid token"',
    )
  })

  it('that is expired gets 401 from clients of ours and 403 from others', async () => {
    const token = await expired()
    const body = { error: 'invalid_token', error_description: 'Token expired' }
    expect(await master.send('/v1/user', { token })).toMatchObject({ status: 403, body })
    const headers = { 'kontena-client': '2.0.0' }
    expect(await master.send('/v1/user', { token, headers })).toMatchObject({ status: 401, body })
  })

  it('is not taken from Basic credentials', async () => {
    const basic = Buffer.from(`admin:${master.admin}`).toString('base64')
    const reply = await master.send('/v1/user', {
      token: undefined,
      headers: { authorization: `Basic ${basic}` },
    })
    expect(reply.status).toBe(403)
  })
})
