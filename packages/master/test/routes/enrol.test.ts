import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { enrolment, order, secret, type TestMaster, testMaster } from '../fixtures/test-master.ts'

describe('POST /v1/enrol', () => {
  let master: TestMaster
  const start = async (count = 2) => {
    master = await testMaster({ trustProxy: '127.0.0.1' })
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    const nodes = Array.from({ length: count }, (_, index) => ({ name: `web-${index + 1}` }))
    const body = { order, secret, expires_in: 600, nodes }
    await master.send('/v1/grids/prod/enrolments', { method: 'POST', body })
  }
  beforeEach(() => start())
  afterEach(() => master.close())

  const enrol = (change: Parameters<typeof enrolment>[0] = {}, address = '203.0.113.1') =>
    master.send('/v1/enrol', {
      method: 'POST',
      body: enrolment(change),
      token: undefined,
      headers: { 'x-forwarded-for': address },
    })
  const show = async (name = 'web-1') => (await master.send(`/v1/nodes/prod/${name}`)).body
  const invalidSecret = { status: 403, body: { error: 'invalid_secret' } }

  it('gives the node to the machine, and answers with nothing', async () => {
    expect(await enrol()).toMatchObject({ status: 204, text: '' })
    expect(await show()).toMatchObject({
      enrolment: 'enrolled',
      has_token: true,
      status: 'created',
      machine: { provider: 'aws', account: '1234', region: 'eu-west-1', id: 'i-1', order },
      host_keys: ['ssh-ed25519 AAAA'],
      ssh_user: 'debian',
    })
  })

  it('takes a machine that names no account, as older ones do', async () => {
    const { user: _, ...older } = enrolment()
    const headers = { 'x-forwarded-for': '203.0.113.1' }
    const sent = { method: 'POST', body: older, token: undefined, headers } as const
    expect(await master.send('/v1/enrol', sent)).toMatchObject({ status: 204 })
    expect(await show()).toMatchObject({ enrolment: 'enrolled', ssh_user: null })
  })

  it('takes the longest keys that there are', async () => {
    const hostKeys = [`ssh-rsa ${Buffer.alloc(16_384 / 8 + 32).toString('base64')}`]
    expect(await enrol({ hostKeys })).toMatchObject({ status: 204 })
    expect(await show()).toMatchObject({ host_keys: hostKeys })
  })

  it.each([
    'ssh-ed25519 AAAA\nweb-2 ssh-ed25519 BBBB',
    '@cert-authority * ssh-ed25519 AAAA',
    'ssh-ed25519 AAAA comment',
    '* ssh-ed25519 AAAA',
    '-oProxyCommand=id AAAA',
    'ssh-ed25519',
  ])('refuses a machine whose SSH key is %j', async (key) => {
    const error = { hostKeys: [null, 'HostKeys must be a type and base64'] }
    const hostKeys = ['ssh-ed25519 AAAA', key]
    expect(await enrol({ hostKeys })).toMatchObject({ status: 422, body: { error } })
    expect(await show()).toMatchObject({ enrolment: 'pending', host_keys: [] })
  })

  it.each(['-oProxyCommand=id', 'root@elsewhere', 'Root', 'a b', 'a\n', '', '$(id)'])(
    'refuses a machine whose account is %j',
    async (user) => {
      const error = { user: 'User must be the name of an account' }
      expect(await enrol({ user })).toMatchObject({ status: 422, body: { error } })
    },
  )

  it('answers the same machine again, also after the secret has expired', async () => {
    await enrol()
    expect((await enrol()).status).toBe(204)
    master.clock.advance(600_000)
    expect((await enrol()).status).toBe(204)
  })

  it('refuses a second machine under the name, and shows that there was one', async () => {
    await enrol()
    const thief = { nodeToken: '22'.repeat(32) }
    expect(await enrol(thief)).toMatchObject({ status: 409, body: { error: 'name_taken' } })
    expect(await show()).toMatchObject({ enrolment: 'contested', machine: { id: 'i-1' } })
    expect((await master.store.auditLog(1))[0]).toMatchObject({
      event: 'contest enrolment',
      actor: { address: '203.0.113.1' },
    })
  })

  it('gives a name to one of many machines that want it at once', async () => {
    const tokens = Array.from({ length: 10 }, (_, index) => `${index}f`.repeat(32))
    const replies = await Promise.all(tokens.map((nodeToken) => enrol({ nodeToken })))
    expect(replies.map((reply) => reply.status).sort()).toEqual([204, ...Array(9).fill(409)])
  })

  it('gives the same answer for an unknown secret, a dead one, and a name of another order', async () => {
    const answers = [
      await enrol({ secret: 'guess' }),
      await enrol({ name: 'web-9' }),
      await enrol({ machine: { ...enrolment().machine, order: 'other' } }),
    ]
    master.clock.advance(600_000)
    answers.push(await enrol())
    for (const answer of answers) expect(answer).toMatchObject(invalidSecret)
    expect(new Set(answers.map((answer) => answer.text)).size).toBe(1)
  })

  it.each([
    [{ nodeToken: 'short' }, { nodeToken: 'NodeToken must be 32 bytes in hex' }],
    [{ name: '../etc' }, { name: expect.stringContaining('must be 1 to 63') }],
  ])('refuses %j', async (change, error) => {
    expect(await enrol(change)).toMatchObject({ status: 422, body: { error } })
  })

  it('stores neither the secret nor the token', async () => {
    await enrol()
    const log = JSON.stringify([await master.store.auditLog(100), await master.store.nodes('prod')])
    expect(log).not.toContain(secret)
    expect(log).not.toContain(enrolment().nodeToken)
  })

  it('lets a hundred machines enrol from one address', async () => {
    await master.close()
    await start(100)
    for (let index = 1; index <= 100; index += 1) {
      const nodeToken = index.toString(16).padStart(64, '0')
      const machine = { ...enrolment().machine, id: `i-${index}` }
      expect((await enrol({ name: `web-${index}`, nodeToken, machine })).status).toBe(204)
    }
  })

  it('makes an address wait after sixty failures, and no other address', async () => {
    for (let attempt = 0; attempt < 60; attempt += 1) {
      expect(await enrol({ secret: `guess-${attempt}` })).toMatchObject(invalidSecret)
    }
    const guess = { secret: 'guess' }
    expect(await enrol(guess)).toMatchObject({ status: 429, body: { error: 'too_many_requests' } })
    expect(await enrol(guess, '203.0.113.2')).toMatchObject(invalidSecret)
    master.clock.advance(60_001)
    expect(await enrol(guess)).toMatchObject(invalidSecret)
  })

  it('takes a machine with a good secret from an address where others fail', async () => {
    for (let attempt = 0; attempt < 61; attempt += 1) await enrol({ secret: `guess-${attempt}` })
    expect((await enrol()).status).toBe(204)
  })

  it('refuses a machine that says it is the one of another node', async () => {
    await enrol()
    const liar = { name: 'web-2', nodeToken: '22'.repeat(32) }
    expect(await enrol(liar)).toMatchObject({ status: 409, body: { error: 'machine_taken' } })
    expect(await show('web-2')).toMatchObject({ enrolment: 'pending', machine: null })
    expect(await show()).toMatchObject({ enrolment: 'contested', machine: { id: 'i-1' } })
  })
})
