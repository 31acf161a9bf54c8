import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { connect, listen, type TestAgent } from '../fixtures/test-agent.ts'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

describe('a node by the id of its engine', () => {
  let master: TestMaster
  let agent: TestAgent
  beforeEach(async () => {
    master = await testMaster()
    for (const name of ['prod', 'test']) {
      const body = { name, token: `token-of-${name}` }
      await master.send('/v1/grids', { method: 'POST', body })
    }
    agent = await connect(await listen(master), { 'Kontena-Grid-Token': 'token-of-prod' })
    await agent.next('/agent/node_info')
  })
  afterEach(async () => {
    await agent.leave()
    await master.close()
  })

  const ask = (grid: string | undefined, request: { path?: string; body?: unknown } = {}) =>
    master.send(`/v1/nodes/${request.path ?? 'AAAA:BBBB'}`, {
      method: request.body === undefined ? 'GET' : 'PUT',
      body: request.body,
      token: undefined,
      headers: grid === undefined ? {} : { 'kontena-grid-token': grid },
    })

  it('is shown to who has the token of its grid', async () => {
    const { status, body } = await ask('token-of-prod')
    expect({ status, body }).toMatchObject({
      status: 200,
      body: { id: 'prod/host-1', node_id: 'AAAA:BBBB', grid: { name: 'prod' } },
    })
  })

  it('takes other labels, and nothing else, and its agent is told', async () => {
    const body = { labels: ['az=a'], availability: 'drain' }
    expect(await ask('token-of-prod', { body })).toMatchObject({
      status: 200,
      body: { labels: ['az=a'], availability: 'active' },
    })
    expect(await agent.next('/agent/node_info')).toMatchObject({ labels: ['az=a'] })
    expect((await ask('token-of-prod', { body: {} })).body).toMatchObject({ labels: ['az=a'] })
    expect((await ask('token-of-prod', { body: { labels: [] } })).body).toMatchObject({
      labels: [],
    })
  })

  it('takes no labels that agents could not read', async () => {
    expect(await ask('token-of-prod', { body: { labels: ['a,b'] } })).toMatchObject({
      status: 422,
      body: { error: { labels: [expect.stringContaining('key=value')] } },
    })
  })

  it.each([
    ['wrong', 'AAAA:BBBB', 'Not found'],
    [undefined, 'AAAA:BBBB', 'Not found'],
    ['token-of-prod', 'CCCC:DDDD', 'Node not found'],
    ['token-of-prod', 'host-1', 'Node not found'],
    ['token-of-test', 'AAAA:BBBB', 'Node not found'],
  ])('is not there with the token %s as %s', async (token, path, error) => {
    expect(await ask(token, { path })).toMatchObject({ status: 404, body: { error } })
  })

  it('is not shown to users: their login is none for it', async () => {
    expect((await master.send('/v1/nodes/AAAA:BBBB')).status).toBe(404)
  })

  it('has who guesses tokens wait, and nobody who knows one', async () => {
    for (let count = 0; count < 60; count += 1) await ask('wrong')
    expect(await ask('wrong')).toMatchObject({
      status: 429,
      body: { error: 'too_many_requests' },
    })
    expect((await ask('token-of-prod')).status).toBe(200)
  })
})
