import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { connect, knock, listen } from '../fixtures/test-agent.ts'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

const old = 'sixteen-letters!'

describe('the token of a node', () => {
  let master: TestMaster
  let url: string
  beforeEach(async () => {
    master = await testMaster()
    url = await listen(master)
    await master.send('/v1/grids', { method: 'POST', body: { name: 'prod' } })
    await create('web-1', old)
  })
  afterEach(() => master.close())

  const create = (name: string, token: string) =>
    master.send('/v1/grids/prod/nodes', { method: 'POST', body: { name, token } })
  const change = (method: 'PUT' | 'DELETE', body?: unknown, name = 'web-1') =>
    master.send(`/v1/nodes/prod/${name}/token`, { method, body })
  const show = async () => (await master.send('/v1/nodes/prod/web-1')).body
  const agentWith = (token: string) => ({
    'Kontena-Node-Token': token,
    'Kontena-Node-Id': 'ID:web-1',
    'Kontena-Node-Name': 'web-1',
  })

  it('is replaced by one that was given, or by a random one', async () => {
    expect(await change('PUT', { token: 'another-16-letters' })).toMatchObject({
      status: 200,
      body: { id: 'prod/web-1', token: 'another-16-letters' },
    })
    expect((await change('PUT', {})).body).toMatchObject({
      token: expect.stringMatching(/^.{86}==$/),
    })
    const [event] = await master.store.auditLog(1)
    expect(event).toMatchObject({ event: 'reset node token', actor: { user: { email: 'admin' } } })
  })

  it('lets nobody in once it is replaced, and the new one does', async () => {
    await change('PUT', { token: 'another-16-letters' })
    expect(await knock(url, agentWith(old))).toMatchObject({
      status: 401,
      headers: { 'kontena-close': '4002' },
    })
    const agent = await connect(url, agentWith('another-16-letters'))
    await agent.leave()
  })

  it('is taken from an agent at once where that is asked for', async () => {
    const agent = await connect(url, agentWith(old))
    await agent.next('/agent/node_info')
    await change('PUT', { reset_connection: true })
    expect(await agent.closed).toMatchObject({ code: 4031 })
    await vi.waitFor(async () =>
      expect(await show()).toMatchObject({ connected: false, has_token: true }),
    )
  })

  it('leaves a connected agent alone where it is not', async () => {
    const agent = await connect(url, agentWith(old))
    await agent.next('/agent/node_info')
    await change('PUT', {})
    expect(await agent.call('/nodes/get', 'ID:web-1')).toMatchObject({ error: undefined })
    await agent.leave()
  })

  it('can be cleared, so that the node joins with the token of its grid', async () => {
    const agent = await connect(url, agentWith(old))
    await agent.next('/agent/node_info')
    expect(await change('DELETE', { reset_connection: true })).toMatchObject({
      status: 200,
      body: {},
    })
    expect(await agent.closed).toMatchObject({ code: 4031 })
    expect(await show()).toMatchObject({ has_token: false })
    expect((await master.send('/v1/nodes/prod/web-1/token')).status).toBe(404)
    const { body } = await master.send('/v1/grids/prod')
    const joined = await connect(url, {
      ...agentWith(old),
      'Kontena-Node-Token': undefined,
      'Kontena-Grid-Token': String(Object(body).token),
    })
    await joined.next('/agent/node_info')
    expect(await show()).toMatchObject({ connected: true })
    await joined.leave()
  })

  it.each([
    [{ token: 'short' }, { token: 'Token is too short' }],
    [{ token: 'x'.repeat(257) }, { token: 'Token is too long' }],
    [{ token: 'token-of-another' }, { token: 'Node with token already exists' }],
  ])('is refused: %j', async (body, error) => {
    await create('web-2', 'token-of-another')
    expect(await change('PUT', body)).toMatchObject({ status: 422, body: { error } })
    expect((await master.send('/v1/nodes/prod/web-1/token')).body).toMatchObject({ token: old })
  })

  it('may be the one that it was', async () => {
    expect((await change('PUT', { token: old })).status).toBe(200)
  })

  it('is of a node that there is', async () => {
    expect((await change('PUT', {}, 'nobody')).status).toBe(404)
    expect((await change('DELETE', {}, 'nobody')).status).toBe(404)
  })

  it('is changed by nobody who may only look', async () => {
    const token = await master.loginAs('guest', [], ['prod'])
    for (const method of ['PUT', 'DELETE'] as const) {
      const reply = await master.send('/v1/nodes/prod/web-1/token', { method, body: {}, token })
      expect(reply.status).toBe(403)
    }
  })
})
