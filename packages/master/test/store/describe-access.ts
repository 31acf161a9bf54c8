import { expect, it } from 'vitest'
import type { Store } from '../../src/store/store.ts'
import type { NewCode } from '../../src/store/token-store.ts'
import { describeUsers } from './describe-users.ts'
import { exchange, makeUser } from './sample-access.ts'
import { actor, now } from './sample-records.ts'

const later = (seconds: number): Date => new Date(now.getTime() + seconds * 1000)

/** Users, their tokens and logins, as any store must keep them. */
export function describeAccess(store: () => Store): void {
  describeUsers(store)
  describeTokens(store)
  describeLogins(store)
}

function describeTokens(store: () => Store): void {
  const makeCode = async (lifetime: number | undefined, more: Partial<NewCode> = {}) => {
    const user = (await store().user('jo@example.com')) ?? (await makeUser(store()))
    const code = { userId: user.id, codeHash: 'code', lifetime, scopes: 'user', ...more }
    await store().createCode(code, actor, now)
    return user
  }

  it('exchanges a code once', async () => {
    const user = await makeCode(undefined)
    expect(await exchange(store(), 'code', 'code', 'token')).toMatchObject({ user })
    expect(await exchange(store(), 'code', 'code', 'other')).toBeUndefined()
    const session = await store().session('token')
    expect(session).toMatchObject({ user, scopes: 'user', expiresAt: undefined })
    expect(await store().session('other')).toBeUndefined()
  })

  it('exchanges no code after its time', async () => {
    await makeCode(undefined, { goodUntil: later(60) })
    expect(await exchange(store(), 'code', 'code', 'token', later(60))).toBeUndefined()
    await makeCode(undefined, { goodUntil: later(60) })
    expect(await exchange(store(), 'code', 'code', 'token', later(59))).toBeDefined()
  })

  it('gives no refresh token to a token that never expires', async () => {
    await makeCode(undefined)
    await exchange(store(), 'code', 'code', 'token')
    expect(await exchange(store(), 'refresh', 'token-refresh', 'next')).toBeUndefined()
  })

  it('replaces an expiring token by its refresh token, once, also after its end', async () => {
    await makeCode(60)
    const first = await exchange(store(), 'code', 'code', 'token')
    expect(first?.expiresAt).toEqual(later(60))
    const next = await exchange(store(), 'refresh', 'token-refresh', 'next', later(90))
    expect(next?.expiresAt).toEqual(later(90 + 7_200))
    expect(await store().session('token')).toBeUndefined()
    expect(await exchange(store(), 'refresh', 'token-refresh', 'third')).toBeUndefined()
    expect(await exchange(store(), 'refresh', 'next-refresh', 'third')).toBeDefined()
  })

  it('gives one token to two who come with the same refresh token at once', async () => {
    await makeCode(60)
    await exchange(store(), 'code', 'code', 'token')
    const both = await Promise.all(
      ['a', 'b'].map((made) => exchange(store(), 'refresh', 'token-refresh', made)),
    )
    expect(both.filter((session) => session !== undefined)).toHaveLength(1)
  })

  it('keeps several codes of a user, or lets a new one kill the unused ones', async () => {
    await makeCode(undefined, { codeHash: 'one' })
    await makeCode(undefined, { codeHash: 'two' })
    expect(await exchange(store(), 'code', 'one', 'a')).toBeDefined()
    await makeCode(undefined, { codeHash: 'three', replacesUnused: true })
    expect(await exchange(store(), 'code', 'two', 'b')).toBeUndefined()
    expect(await exchange(store(), 'code', 'three', 'c')).toBeDefined()
    expect(await store().session('a')).toBeDefined()
  })

  it('does not take a code for a refresh token', async () => {
    await makeCode(60)
    expect(await exchange(store(), 'refresh', 'code', 'token')).toBeUndefined()
  })

  it('lists the tokens and codes of a user, and nothing they could be used by', async () => {
    const user = await makeCode(60, { description: 'for CI' })
    const secrets = {
      token: { hash: 'h1', lastFour: 'aaaa' },
      refresh: { hash: 'h2', lastFour: 'bbbb' },
    }
    const grant = { userId: user.id, lifetime: undefined, scopes: 'user,owner' }
    const made = await store().createToken({ ...grant, ...secrets }, actor, now)
    await makeUser(store(), 'other@example.com')
    const tokens = await store().tokens(user.id)
    expect(tokens).toMatchObject([
      {
        kind: 'code',
        description: 'for CI',
        tokenLastFour: undefined,
        user: { email: user.email },
      },
      { kind: 'token', tokenLastFour: 'aaaa', refreshLastFour: undefined, scopes: 'user,owner' },
    ])
    expect(JSON.stringify(tokens)).not.toMatch(/h1|h2|"code"[^,]*hash/)
    expect(await store().token({ id: made.id })).toEqual(tokens[1])
    expect(await store().token({ hash: 'h1' })).toEqual(tokens[1])
    expect(await store().token({ hash: 'code' })).toBeUndefined()
  })

  it('removes a token, with its refresh token', async () => {
    await makeCode(60)
    const session = await exchange(store(), 'code', 'code', 'token')
    expect(await store().removeToken(session?.id ?? '', actor, now)).toBe(true)
    expect(await store().removeToken(session?.id ?? '', actor, now)).toBe(false)
    expect(await store().session('token')).toBeUndefined()
    expect(await exchange(store(), 'refresh', 'token-refresh', 'next')).toBeUndefined()
  })

  it('ends the tokens of a user who goes', async () => {
    const user = await makeCode(60)
    await exchange(store(), 'code', 'code', 'token')
    await makeCode(60, { codeHash: 'unused' })
    await store().removeUser(user.email, actor, now)
    expect(await store().session('token')).toBeUndefined()
    expect(await exchange(store(), 'refresh', 'token-refresh', 'next')).toBeUndefined()
    expect(await exchange(store(), 'code', 'unused', 'next')).toBeUndefined()
  })

  it('forgets what expired long ago, and nothing else', async () => {
    const user = await makeCode(60)
    await exchange(store(), 'code', 'code', 'old')
    await makeCode(undefined, { codeHash: 'for ever' })
    await exchange(store(), 'code', 'for ever', 'never ends')
    await makeCode(undefined, { codeHash: 'old code', goodUntil: later(10) })
    await makeCode(undefined, { codeHash: 'new code', goodUntil: later(1_000) })
    await store().forgetTokens(later(59))
    expect(await store().tokens(user.id)).toHaveLength(3)
    await store().forgetTokens(later(61))
    expect(await store().session('old')).toBeUndefined()
    expect(await exchange(store(), 'refresh', 'old-refresh', 'next')).toBeUndefined()
    expect(await store().session('never ends')).toBeDefined()
    expect(await exchange(store(), 'code', 'new code', 'next')).toBeDefined()
  })

  it('tells with a token at once what has changed about its user', async () => {
    const user = await makeCode(60)
    await exchange(store(), 'code', 'code', 'token')
    const holder = async () => (await store().session('token'))?.user
    expect(await holder()).toMatchObject({ roles: [], grids: [] })
    await store().grantRole(user.email, 'grid_admin', actor, now)
    expect(await holder()).toMatchObject({ roles: ['grid_admin'], grids: [] })
    await store().addMember('prod', user.id, actor, now)
    expect(await holder()).toMatchObject({ grids: ['prod'] })
    await store().removeGrid('prod', actor, now)
    expect(await holder()).toMatchObject({ grids: [] })
  })

  it('audits who logged in, under that name', async () => {
    await makeCode(60)
    await exchange(store(), 'code', 'code', 'token')
    const [entry] = await store().auditLog(1)
    expect(entry).toMatchObject({
      event: 'log in',
      resource: { type: 'user', name: 'jo@example.com' },
      actor: { user: { email: 'jo@example.com' } },
      after: { scopes: 'user' },
    })
  })
}

function describeLogins(store: () => Store): void {
  const login = {
    stateHash: 'state',
    verifier: 'secret-of-pkce',
    callback: 'https://master.example.com/cb',
    redirectUri: 'http://localhost:1234/cb',
    invitationHash: undefined,
    lifetime: 7_200,
    expiresAt: later(600),
  }

  it('gives a login back once, while it is young', async () => {
    await store().beginLogin(login, now)
    expect(await store().endLogin('state', later(599))).toEqual(login)
    expect(await store().endLogin('state', later(599))).toBeUndefined()
    await store().beginLogin(login, now)
    expect(await store().endLogin('state', later(600))).toBeUndefined()
  })

  it('keeps no more of them than ten thousand, whoever begins them', async () => {
    const begun = Array.from({ length: 10_001 }, (_, index) =>
      store().beginLogin({ ...login, stateHash: `state-${index}` }, now),
    )
    await Promise.all(begun)
    expect(await store().endLogin('state-0', now)).toBeUndefined()
    expect(await store().endLogin('state-1', now)).toBeDefined()
    expect(await store().endLogin('state-10000', now)).toBeDefined()
  })
}
