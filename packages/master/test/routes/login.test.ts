import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { openLoginProvider, type ProviderDouble } from '../fixtures/login-provider.ts'
import { type Received, system, type TestMaster, testMaster } from '../fixtures/test-master.ts'

const listener = 'http://localhost:1234/cb'
const jo = { id: 4711, login: 'jo', email: 'Jo@Example.com' }

let master: TestMaster

beforeEach(async () => {
  master = await testMaster({ publicUrl: 'https://master.example.com' })
})
afterEach(() => master.close())

const get = (url: string, headers: Record<string, string> = {}) =>
  master.send(url, { token: undefined, headers })
const authenticate = (query: Record<string, string>, headers?: Record<string, string>) =>
  get(`/authenticate?${new URLSearchParams(query)}`, headers)
const locationOf = ({ headers }: Received) => new URL(String(headers.location), 'http://master')
const exchange = (code: string | null) =>
  master.send('/oauth2/token', {
    method: 'POST',
    body: { grant_type: 'authorization_code', code },
    token: undefined,
  })
const invite = async (email: string) => {
  const body = { response_type: 'invite', email }
  const reply = await master.send('/oauth2/authorize', { method: 'POST', body })
  return String(Object(reply.body).invite_code)
}
const set = (settings: Readonly<Record<string, string>>) =>
  master.store.configure(settings, { replaceAll: false }, system, master.clock())

describe('a login without a provider', () => {
  it('is refused without an invitation', async () => {
    expect(await authenticate({ redirect_uri: listener })).toMatchObject({
      status: 501,
      body: {
        error: 'server_error',
        error_description: 'Authentication provider not configured',
      },
    })
  })

  it('brings an invited user a code, for the command that listens', async () => {
    await set({ 'server.name': 'the master' })
    const code = await invite('new@example.com')
    const reply = await authenticate({ redirect_uri: listener, invite_code: code })
    expect(reply.status).toBe(302)
    const target = locationOf(reply)
    expect(`${target.origin}${target.pathname}`).toBe(listener)
    expect(target.searchParams.get('server_name')).toBe('the master')
    expect(await exchange(target.searchParams.get('code'))).toMatchObject({
      status: 201,
      body: {
        expires_in: 7_200,
        user: { email: 'new@example.com' },
        server: { name: 'the master' },
      },
    })
    expect((await authenticate({ invite_code: code })).status).toBe(403)
  })

  it.each([
    [{}],
    [{ redirect_uri: 'https://master.example.com/code' }],
    [{ redirect_uri: '/code' }],
    [{ redirect_uri: 'https://evil.example.com/code' }],
  ])('shows an invited user of another computer the code on our own page: %j', async (query) => {
    const code = await invite('new@example.com')
    const reply = await authenticate({ ...query, invite_code: code })
    expect(reply.headers.location).toBe(`/code#code=${code}`)
  })

  it.each([
    ['https://evil.example.com/'],
    ['http://localhost.evil.example.com/cb'],
    ['http://localhost@evil.example.com/cb'],
    ['//evil.example.com/cb'],
    ['javascript:alert(1)'],
    ['file://localhost/etc'],
  ])('sends nobody to %s', async (uri) => {
    const code = await invite('new@example.com')
    const reply = await authenticate({ redirect_uri: uri, invite_code: code })
    expect(reply).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
    expect((await exchange(code)).status).toBe(201)
  })

  it('makes an address wait that guesses invitations', async () => {
    for (let guess = 0; guess < 60; guess += 1) {
      expect((await authenticate({ invite_code: `guess-${guess}` })).status).toBe(403)
    }
    const code = await invite('new@example.com')
    expect((await authenticate({ invite_code: code })).status).toBe(429)
  })
})

describe('a login at a provider', () => {
  let provider: ProviderDouble

  beforeEach(async () => {
    provider = await openLoginProvider()
    await set(provider.settings)
  })

  /** What a browser does from the start of a login to its end, as this person. */
  const logIn = async (user: object, query: Record<string, string> = {}) => {
    const begun = await authenticate({ redirect_uri: listener, ...query })
    const back = provider.logIn(String(begun.headers.location), user)
    return { begun, back, ended: await come(back, begun) }
  }
  const come = (back: string, begun: Received, headers: Record<string, string> = {}) => {
    const { pathname, search } = new URL(back)
    const cookie = String(begun.headers['set-cookie']).split(';')[0] ?? ''
    return get(`${pathname}${search}`, { cookie, ...headers })
  }

  it('sends the browser there with all that the standards ask for', async () => {
    const begun = await authenticate({ redirect_uri: listener })
    const url = locationOf(begun)
    expect(`${url.origin}${url.pathname}`).toBe(`${provider.url}/authorize`)
    expect(Object.fromEntries(url.searchParams)).toMatchObject({
      tenant: '1',
      response_type: 'code',
      client_id: 'the-client',
      redirect_uri: 'https://master.example.com/cb',
      state: expect.stringMatching(/^[0-9a-f]{64}$/),
      code_challenge_method: 'S256',
      code_challenge: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(String(begun.headers['set-cookie'])).toMatch(
      /^kontena_login=[0-9a-f]{64}; Path=\/cb; HttpOnly; SameSite=Lax; Max-Age=600; Secure$/,
    )
  })

  it('lets an invited user in, and knows the user ever after', async () => {
    const first = await logIn(jo, { invite_code: await invite('jo@work.example.com') })
    const code = locationOf(first.ended).searchParams.get('code')
    expect(await exchange(code)).toMatchObject({
      status: 201,
      body: { user: { email: 'jo@work.example.com', name: 'jo' }, expires_in: 7_200 },
    })
    const again = await logIn({ ...jo, email: 'other@example.com' }, { expires_in: '60' })
    expect(await exchange(locationOf(again.ended).searchParams.get('code'))).toMatchObject({
      body: { user: { email: 'jo@work.example.com' }, expires_in: 60 },
    })
  })

  it('knows a user by the address, unless the provider has not checked it', async () => {
    await master.loginAs('jo@example.com', [])
    const unchecked = await logIn({ ...jo, email_verified: false })
    expect(unchecked.ended.status).toBe(403)
    const { ended } = await logIn(jo)
    expect(await exchange(locationOf(ended).searchParams.get('code'))).toMatchObject({
      body: { user: { email: 'jo@example.com' } },
    })
    const impostor = await logIn({ ...jo, id: 'another' })
    expect(impostor.ended.status).toBe(403)
  })

  it('lets no stranger in, and nobody be the local admin', async () => {
    expect((await logIn({ id: 1, email: 'admin' })).ended.status).toBe(403)
    expect((await logIn(jo)).ended).toMatchObject({
      status: 403,
      body: {
        error: 'access_denied',
        error_description: 'jo@example.com is no user of this master, and needs an invitation',
      },
    })
    expect((await master.store.users()).map((user) => user.email)).toEqual(['admin'])
  })

  it('takes an invitation only by a login there', async () => {
    const code = await invite('jo@example.com')
    expect(await exchange(code)).toMatchObject({ status: 403, body: { error: 'access_denied' } })
    expect((await logIn(jo, { invite_code: code })).ended.status).toBe(302)
  })

  it('ends in the browser that began it, once, within ten minutes', async () => {
    await master.loginAs('jo@example.com', [])
    const { begun, back } = await logIn(jo)
    expect(await come(back, begun)).toMatchObject({ status: 400 })
    const other = await authenticate({ redirect_uri: listener })
    const url = provider.logIn(String(other.headers.location), jo)
    expect((await come(url, begun)).status).toBe(400)
    expect((await come(url, other, { cookie: '' })).status).toBe(400)
    master.clock.advance(600_000)
    expect((await come(url, other)).status).toBe(400)
  })

  it('says that the provider let nobody in', async () => {
    const begun = await authenticate({ redirect_uri: listener })
    const state = locationOf(begun).searchParams.get('state') ?? ''
    const query = new URLSearchParams({ state, error: '<script>access_denied' })
    const reply = await come(`http://master/cb?${query}`, begun, { accept: 'text/html,*/*' })
    expect(reply.status).toBe(403)
    expect(reply.text).toContain('&#60;script&#62;access_denied')
    expect(reply.headers['content-security-policy']).toContain("default-src 'none'")
  })

  it.each([
    [{ status: 500, body: 'oops' }, 'answered 500 (token)'],
    [{ body: 'nonsense' }, 'gave no access token'],
    [
      { body: JSON.stringify({ access_token: 'x'.repeat(70_000) }) },
      'answered with too much (token)',
    ],
    [{ status: 302, body: '', location: 'http://127.0.0.1:1/' }, 'answered 302 (token)'],
  ])('says what is wrong with a provider that answers %j', async (answer, message) => {
    provider.answerNext(answer)
    const { ended } = await logIn(jo)
    expect(ended).toMatchObject({
      status: 502,
      body: { error: 'server_error', error_description: expect.stringContaining(message) },
    })
    expect(ended.text).not.toContain('the-secret')
  })

  it('takes a token that comes as a form', async () => {
    await master.loginAs('jo@example.com', [])
    provider.answerNext({ body: 'access_token=abc&scope=x' })
    provider.answerNext({ body: JSON.stringify(jo) })
    expect((await logIn(jo)).ended.status).toBe(302)
    expect(provider.requests.at(-1)?.headers.authorization).toBe('Bearer abc')
  })

  it('asks about a token as its client where the provider wants that', async () => {
    await set({
      'oauth2.userinfo_requires_basic_auth': 'true',
      'oauth2.userinfo_endpoint': `${provider.url}/tokens/:access_token`,
    })
    await master.loginAs('jo@example.com', [])
    provider.answerNext({ body: JSON.stringify({ access_token: 'a/b' }) })
    provider.answerNext({ body: JSON.stringify(jo) })
    expect((await logIn(jo)).ended.status).toBe(302)
    const basic = `Basic ${Buffer.from('the-client:the-secret').toString('base64')}`
    const asked = provider.requests.at(-1)
    expect(asked).toMatchObject({ path: '/tokens/a%2Fb', headers: { authorization: basic } })
  })

  it.each([
    [{ 'oauth2.token_method': 'get' }],
    [{ 'oauth2.token_post_content_type': 'application/json' }],
    [{ 'oauth2.code_requires_basic_auth': 'true' }],
  ])('asks as the provider wants to be asked: %j', async (settings) => {
    await set(settings)
    await master.loginAs('jo@example.com', [])
    expect((await logIn(jo)).ended.status).toBe(302)
  })
})

describe('the pages of a login', () => {
  it('show a code that no server has seen', async () => {
    const reply = await get('/code')
    expect(reply).toMatchObject({
      status: 200,
      headers: { 'content-type': 'text/html; charset=utf-8' },
    })
    expect(String(reply.headers['content-security-policy'])).toMatch(/script-src 'sha256-[\w+/]+='/)
    expect(reply.text).toContain('location.hash')
  })

  it('say how an invitation is accepted, and do not use it up', async () => {
    const code = await invite('new@example.com')
    const reply = await get(`/j/${code}`)
    expect(reply.text).toContain(`kontena master join https://master.example.com ${code}`)
    expect((await exchange(code)).status).toBe(201)
  })

  it.each(['%3Cscript%3E', '%24(reboot)', 'a;reboot', 'none', `${'ab'.repeat(16)}%0Areboot`])(
    'show nobody a command with what is no code: %s',
    async (code) => {
      expect(await get(`/j/${code}`)).toMatchObject({ status: 404, body: { error: 'Not found' } })
    },
  )

  it.each(['a b', '"><script>', ';reboot #', '$(reboot)'])(
    'show nobody a command with what is no host: %s',
    async (host) => {
      const master = await testMaster()
      const url = `/j/${'ab'.repeat(16)}`
      expect((await master.send(url, { headers: { host: 'm:9292' } })).text).toContain(
        'http://m:9292',
      )
      expect((await master.send(url, { headers: { host } })).text).not.toContain(host)
      await master.close()
    },
  )

  it('take no longer for a host of slashes alone', async () => {
    const master = await testMaster()
    const headers = { host: `a${'/'.repeat(15_000)}b` }
    const count = 50
    // Each took a third of a second, so that a second request a second was one too many.
    for (let sent = 0; sent < count; sent += 1) {
      await master.send(`/j/${'ab'.repeat(16)}`, { headers })
    }
    await master.close()
  })
})
