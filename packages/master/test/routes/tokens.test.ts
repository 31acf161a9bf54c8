import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

let master: TestMaster
let member: string

beforeEach(async () => {
  master = await testMaster()
  member = await master.loginAs('jo@example.com', [])
})
afterEach(() => master.close())

const authorize = (body: object, token: string | undefined = member) =>
  master.send('/oauth2/authorize', { method: 'POST', body, token })
const list = async (token = member): Promise<Record<string, unknown>[]> =>
  Object((await master.send('/oauth2/tokens', { token })).body).tokens
const exchange = (body: object) =>
  master.send('/oauth2/token', { method: 'POST', body, token: undefined })

describe('POST /oauth2/authorize', () => {
  it('gives a token that never expires', async () => {
    const wanted = {
      response_type: 'token',
      scope: 'user, owner',
      expires_in: 0,
      description: 'CI',
    }
    const { status, body } = await authorize(wanted)
    expect({ status, body }).toMatchObject({
      status: 201,
      body: {
        access_token: expect.stringMatching(/^[0-9a-f]{64}$/),
        refresh_token: null,
        expires_in: null,
        scopes: 'user,owner',
        description: 'CI',
        user: { email: 'jo@example.com' },
      },
    })
    master.clock.advance(365 * 24 * 3_600_000)
    expect((await master.send('/v1/user', { token: Object(body).access_token })).status).toBe(200)
  })

  it('gives a token for two hours where nothing else is asked for, and one to renew it', async () => {
    const { body } = await authorize({ response_type: 'token', scope: 'user' })
    expect(body).toMatchObject({ expires_in: 7_200, scopes: 'user' })
    const refresh = { grant_type: 'refresh_token', refresh_token: Object(body).refresh_token }
    expect(await exchange(refresh)).toMatchObject({ status: 201, body: { expires_in: 7_200 } })
    expect((await exchange(refresh)).status).toBe(404)
  })

  it('gives a code, which is good once and for ten minutes', async () => {
    const code = async () => {
      const reply = await authorize({ response_type: 'code', scope: 'user', expires_in: 60 })
      expect(reply).toMatchObject({ status: 201, body: { grant_type: 'authorization_code' } })
      return { grant_type: 'authorization_code', code: Object(reply.body).code }
    }
    const first = await code()
    expect(await exchange(first)).toMatchObject({ status: 201, body: { expires_in: 60 } })
    expect((await exchange(first)).status).toBe(404)
    const late = await code()
    master.clock.advance(600_000)
    expect((await exchange(late)).status).toBe(404)
  })

  it('gives administrators of the master tokens of others, and nobody else', async () => {
    const wanted = { response_type: 'token', scope: 'user', user: 'jo@example.com' }
    expect(await authorize(wanted, master.admin)).toMatchObject({
      status: 201,
      body: { user: { email: 'jo@example.com' } },
    })
    expect(await authorize({ ...wanted, user: 'admin' })).toMatchObject({
      status: 403,
      body: { error: 'access_denied' },
    })
    expect((await authorize({ ...wanted, user: 'nobody' }, master.admin)).status).toBe(404)
  })

  it('answers a form by a form, and echoes its state', async () => {
    const reply = await master.send('/oauth2/authorize', {
      method: 'POST',
      body: 'response_type=code&scope=user&state=s%201',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
    })
    const fields = new URLSearchParams(reply.text)
    expect(fields.get('code')).toMatch(/^[0-9a-f]{32}$/)
    expect(fields.get('state')).toBe('s 1')
  })

  it.each([
    [{}, 400, 'unsupported_response_type'],
    [{ response_type: 'password' }, 400, 'unsupported_response_type'],
    [{ response_type: 'token', scope: 'user,king' }, 400, 'invalid_scope'],
    [{ response_type: 'token', scope: '' }, 400, 'invalid_scope'],
    [{ response_type: 'invite', email: 'a@b.c' }, 403, 'access_denied'],
  ])('refuses %j', async (body, status, error) => {
    expect(await authorize(body)).toMatchObject({ status, body: { error } })
  })

  it('refuses one without a login, and one whose login has expired', async () => {
    const body = { response_type: 'token', scope: 'user' }
    expect(
      await master.send('/oauth2/authorize', { method: 'POST', body, token: undefined }),
    ).toMatchObject({ status: 403, body: { error: 'access_denied', error_description: null } })
    const reply = await authorize({ ...body, expires_in: 60 })
    const { access_token: token } = Object(reply.body)
    master.clock.advance(60_000)
    const expired = { status: 403, body: { error_description: 'Token expired' } }
    expect(await authorize(body, token)).toMatchObject(expired)
  })
})

describe('/oauth2/tokens', () => {
  it('lists the tokens and codes of the caller without their secrets', async () => {
    const made = await authorize({ response_type: 'token', scope: 'user', expires_in: 60 })
    const { access_token: secret } = Object(made.body)
    await authorize({ response_type: 'code', scope: 'user', description: 'laptop' })
    const tokens = await list()
    expect(tokens).toMatchObject([
      { token_type: 'bearer', expires_in: null },
      { token_type: 'bearer', access_token_last_four: secret.slice(-4), expires_in: 60 },
      { grant_type: 'authorization_code', description: 'laptop', expires_in: 600 },
    ])
    expect(JSON.stringify(tokens)).not.toContain(secret)
  })

  it('shows a token by its id, by itself, and the one in use', async () => {
    const [own] = await list()
    for (const key of [String(own?.id), member, 'current']) {
      const reply = await master.send(`/oauth2/tokens/${key}`, { token: member })
      expect(reply).toMatchObject({ status: 200, body: own })
    }
  })

  it('ends a token at once, with its refresh token', async () => {
    const made = await authorize({ response_type: 'token', scope: 'user', expires_in: 60 })
    const { id, access_token: token, refresh_token: refresh } = Object(made.body)
    const url = `/oauth2/tokens/${id}`
    expect(await master.send(url, { method: 'DELETE', token: member })).toMatchObject({
      status: 201,
    })
    expect((await master.send('/v1/user', { token })).status).toBe(403)
    const body = { grant_type: 'refresh_token', refresh_token: refresh }
    expect((await exchange(body)).status).toBe(404)
    expect((await master.send(url, { method: 'DELETE', token: member })).status).toBe(404)
  })

  it('keeps the tokens of others from all but administrators of the master', async () => {
    const [own] = await list(master.admin)
    const [other] = await list()
    const show = async (id: unknown, token: string) =>
      (await master.send(`/oauth2/tokens/${id}`, { token })).status
    expect(await show(own?.id, member)).toBe(404)
    expect(await show(other?.id, master.admin)).toBe(200)
    const remove = { method: 'DELETE' as const, token: member }
    expect((await master.send(`/oauth2/tokens/${own?.id}`, remove)).status).toBe(404)
  })

  it('are in no log, also where a request fails in a way that nobody foresaw', async () => {
    const lines: string[] = []
    const stream = { write: (line: string) => void lines.push(line) }
    const broken = await testMaster({ logger: { level: 'info', stream } })
    Object.assign(broken.store, { token: () => Promise.reject(new Error('broken')) })
    const { status } = await broken.send(`/oauth2/tokens/${broken.admin}`)
    await broken.close()
    expect(status).toBe(500)
    expect(lines.join('')).toContain('/oauth2/tokens/:token')
    expect(lines.join('')).not.toContain(broken.admin)
  })
})
