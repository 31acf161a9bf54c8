import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashSecret } from '../../src/secrets/secrets.ts'
import {
  enrolment,
  order,
  secret,
  system,
  type TestMaster,
  testMaster,
} from '../fixtures/test-master.ts'

/** Failures of one address in a minute, after which it has to wait. */
const most = 60

let master: TestMaster
beforeEach(async () => {
  master = await testMaster({ trustProxy: ['127.0.0.1'] })
})
afterEach(() => master.close())

const from = (address: string) => ({ 'x-forwarded-for': address })

const logIn = (code: string, address: string) =>
  master.send('/oauth2/token', {
    method: 'POST',
    token: undefined,
    body: { grant_type: 'authorization_code', code },
    headers: from(address),
  })

const enrol = (change: Parameters<typeof enrolment>[0], address: string) =>
  master.send('/v1/enrol', {
    method: 'POST',
    token: undefined,
    body: enrolment(change),
    headers: from(address),
  })

async function fail(attempt: () => Promise<{ status: number }>): Promise<void> {
  for (let count = 0; count < most; count += 1) {
    expect((await attempt()).status).toBeGreaterThanOrEqual(403)
  }
}

async function giveCode(code: string, lifetime?: number): Promise<void> {
  const user = await master.store.user('admin')
  const codeHash = hashSecret(code)
  const about = { userId: user?.id ?? '', codeHash, lifetime, scopes: 'user' }
  await master.store.createCode(about, system, master.clock())
}

describe('an address from which logins failed', () => {
  it('has to wait a minute, also with a code that is right, and another one has not', async () => {
    await giveCode('right')
    await fail(() => logIn('wrong', '203.0.113.1'))
    expect((await logIn('right', '203.0.113.1')).status).toBe(429)
    expect((await logIn('wrong', '203.0.113.2')).status).toBe(404)
    master.clock.advance(60_000)
    expect((await logIn('right', '203.0.113.1')).status).toBe(201)
  })

  it('renews logins all the same, but tells no more of what is no refresh token', async () => {
    await giveCode('right', 3_600)
    const token = await logIn('right', '203.0.113.1')
    const renew = (refresh: unknown) =>
      master.send('/oauth2/token', {
        method: 'POST',
        token: undefined,
        body: { grant_type: 'refresh_token', refresh_token: refresh },
        headers: from('203.0.113.1'),
      })
    await fail(() => logIn('wrong', '203.0.113.1'))
    expect((await renew('wrong')).status).toBe(429)
    expect((await renew(Object(token.body).refresh_token)).status).toBe(201)
  })

  it('is a whole network where it is one of IPv6', async () => {
    let host = 0
    await fail(() => {
      host += 1
      return logIn('wrong', `2001:db8:1:2::${host.toString(16)}`)
    })
    expect((await logIn('wrong', '2001:db8:1:2:ffff::1')).status).toBe(429)
    expect((await logIn('wrong', '2001:db8:1:3::1')).status).toBe(404)
  })

  it('is that of the connection where nobody trusted says otherwise', async () => {
    await master.close()
    master = await testMaster()
    let host = 0
    await fail(() => {
      host += 1
      return logIn('wrong', `203.0.113.${host}`)
    })
    expect((await logIn('wrong', '198.51.100.1')).status).toBe(429)
  })
})

describe('an address from which grid tokens were tried', () => {
  it('lets the people behind it log in', async () => {
    await giveCode('right')
    const look = () =>
      master.send('/v1/nodes/AAAA', {
        token: undefined,
        headers: { ...from('203.0.113.1'), 'kontena-grid-token': 'wrong' },
      })
    await fail(look)
    expect((await look()).status).toBe(429)
    expect((await logIn('right', '203.0.113.1')).status).toBe(201)
  })
})

describe('an address from which machines failed to enrol', () => {
  it('lets the people behind it log in, and the machines that are right enrol', async () => {
    await giveCode('right')
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    const names = Array.from({ length: 100 }, (_, index) => `web-${index + 1}`)
    const nodes = names.map((name) => ({ name }))
    const body = { order, secret, expires_in: 600, nodes }
    await master.send('/v1/grids/prod/enrolments', { method: 'POST', body })
    await fail(() => enrol({ secret: 'cd'.repeat(32) }, '203.0.113.1'))
    expect((await enrol({ secret: 'cd'.repeat(32) }, '203.0.113.1')).status).toBe(429)

    expect((await logIn('right', '203.0.113.1')).status).toBe(201)
    const replies = await Promise.all(
      names.map((name, index) => {
        const machine = { ...enrolment().machine, id: `i-${index}` }
        const nodeToken = index.toString(16).padStart(64, '0')
        return enrol({ name, nodeToken, machine }, '203.0.113.1')
      }),
    )
    expect(new Set(replies.map(({ status }) => status))).toEqual(new Set([204]))
  })
})
