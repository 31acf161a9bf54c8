import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { hashContent } from '../../src/secrets/secrets.ts'
import { agentBundle, type TestMaster, testMaster } from '../fixtures/test-master.ts'

describe('what anybody may ask', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster({ publicUrl: 'https://m.example.com', ca: 'the authority' })
  })
  afterEach(() => master.close())

  it('tells who the master is and what it can do', async () => {
    const reply = await master.send('/', { token: undefined })
    expect(reply.status).toBe(200)
    expect(reply.body).toEqual({
      name: 'Kontena Master',
      tagline: 'The Container Platform',
      version: '2.0.0',
      uuid: await master.store.uuid(),
      features: ['enrolment', 'agent-bundle', 'machine-identity'],
      public_url: 'https://m.example.com',
      agent_bundle: hashContent(agentBundle),
    })
  })

  it('answers a ping while the database does', async () => {
    expect(await master.send('/v1/ping', { token: undefined })).toMatchObject({
      status: 200,
      body: { message: 'pong' },
    })
  })

  it('hides why it cannot answer', async () => {
    const broken = {
      ...master.store,
      ping: () => Promise.reject(new Error('disk /dev/sda is gone')),
    }
    const other = await testMaster({ store: broken })
    const reply = await other.send('/v1/ping')
    expect(reply).toMatchObject({ status: 500, body: { message: 'Internal server error' } })
    expect(reply.text).not.toContain('sda')
    await other.close()
  })

  it('hands out the authority it goes by', async () => {
    const reply = await master.send('/v1/ca.pem', { token: undefined })
    expect(reply).toMatchObject({ status: 200, text: 'the authority' })
    const plain = await testMaster()
    expect(await plain.send('/v1/ca.pem')).toMatchObject({ status: 404 })
    await plain.close()
  })

  it('hands out the agent under its hash, to be cached for ever', async () => {
    const reply = await master.send(`/v1/agent/bundle/${hashContent(agentBundle)}`, {
      token: undefined,
    })
    expect(reply).toMatchObject({ status: 200, text: agentBundle.toString() })
    expect(reply.headers).toMatchObject({
      'content-type': 'text/javascript; charset=utf-8',
      'cache-control': 'public, max-age=31536000, immutable',
    })
  })

  it('has no agent under another hash', async () => {
    const hash = hashContent('another agent')
    expect((await master.send(`/v1/agent/bundle/${hash}`)).status).toBe(404)
  })
})

describe('every reply', () => {
  let master: TestMaster
  beforeEach(async () => {
    master = await testMaster()
  })
  afterEach(() => master.close())

  it.each(['/', '/v1/user', '/v1/grids/none', '/nowhere', '/v1/nodes/%zz/a'])(
    'names the version of the master: %s',
    async (url) => {
      const reply = await master.send(url, { token: undefined })
      expect(reply.headers).toMatchObject({ 'x-kontena-version': '2.0.0' })
    },
  )

  it('to an unknown route is an empty 404', async () => {
    expect(await master.send('/v1/nowhere')).toMatchObject({ status: 404, text: '' })
    expect(await master.send('/v1/ping', { method: 'PUT' })).toMatchObject({ status: 404 })
  })

  it('to JSON that is none says so', async () => {
    const reply = await master.send('/v1/grids', { method: 'POST', body: '{"name":' })
    expect(reply).toMatchObject({ status: 400, body: { error: 'Invalid json' } })
  })

  it('to a long body is 413, and of anybody it may be less long than of a user', async () => {
    const post = async (url: string, kilobytes: number, token?: string) => {
      const body = { token: 'x'.repeat(kilobytes * 1024) }
      return (await master.send(url, { method: 'POST', body, token })).status
    }
    expect(await post('/v1/grids', 1_024, master.admin)).toBe(413)
    expect(await post('/v1/grids', 500, master.admin)).not.toBe(413)
    for (const url of ['/v1/enrol', '/oauth2/token', '/nowhere']) {
      expect(await post(url, 500)).toBe(413)
    }
    expect(await post('/v1/enrol', 60)).toBe(422)
  })

  it('takes an absent body for an empty object', async () => {
    expect((await master.send('/v1/grids', { method: 'POST' })).status).toBe(201)
  })

  it.each(['[]', '"text"', '7', 'null', '{"name":{"a":1}}', '{"__proto__":{"name":"x"}}'])(
    'to a strange body is no failure of ours: %s',
    async (body) => {
      const { status } = await master.send('/v1/grids', { method: 'POST', body })
      expect(status === 422 || status === 201).toBe(true)
    },
  )
})
