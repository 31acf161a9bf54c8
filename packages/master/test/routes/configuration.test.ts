import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type TestMaster, testMaster } from '../fixtures/test-master.ts'

let master: TestMaster

beforeEach(async () => {
  master = await testMaster()
})
afterEach(() => master.close())

const send = (method: 'GET' | 'PUT' | 'PATCH' | 'DELETE', url: string, body?: unknown) =>
  master.send(url, { method, body })
const patch = (body: unknown) => send('PATCH', '/v1/config', body)
const all = async (query = '') => (await send('GET', `/v1/config${query}`)).body
const uuid = async () => ({ 'server.uuid': await master.store.uuid() })

describe('/v1/config', () => {
  it('merges, replaces and clears', async () => {
    expect(await patch({ 'server.name': 'one', 'server.provider': 'aws' })).toMatchObject({
      status: 201,
      body: {},
    })
    await patch({ 'server.provider': null, 'oauth2.client_id': 7 })
    expect(await all()).toEqual({
      'server.name': 'one',
      'oauth2.client_id': '7',
      ...(await uuid()),
    })
    expect((await send('PUT', '/v1/config', { 'server.name': 'two' })).status).toBe(201)
    expect(await all()).toEqual({ 'server.name': 'two', ...(await uuid()) })
    expect((await send('DELETE', '/v1/config')).status).toBe(201)
    expect(await all()).toEqual(await uuid())
  })

  it('shows and removes single settings', async () => {
    await patch({ 'server.name': 'one' })
    expect(await send('GET', '/v1/config/server.name')).toMatchObject({
      body: { 'server.name': 'one' },
    })
    expect((await send('DELETE', '/v1/config/server.name')).status).toBe(201)
    expect(await send('GET', '/v1/config/server.name')).toMatchObject({
      status: 404,
      body: { error: 'Not found' },
    })
    expect((await send('GET', '/v1/config/constructor')).status).toBe(404)
  })

  it('unsets a setting with the name of something that every object has', async () => {
    await patch({ constructor: 'one', toString: 'two' })
    expect(await all()).toMatchObject({ constructor: 'one', toString: 'two' })
    expect((await send('DELETE', '/v1/config/constructor')).status).toBe(201)
    expect((await send('DELETE', '/v1/config')).status).toBe(201)
    expect(await all()).toEqual(await uuid())
    const [entry] = await master.store.auditLog(1)
    expect(entry).toMatchObject({ before: { toString: 'two' }, after: { toString: null } })
  })

  it('takes one filter', async () => {
    expect((await send('GET', '/v1/config?filter=a&filter=b')).status).toBe(422)
  })

  it('filters by what a key begins with, or has somewhere', async () => {
    await patch({ 'oauth2.client_id': 'x', 'server.name': 'y', 'cloud.enabled': 'false' })
    expect(await all('?filter=oauth2.*')).toEqual({ 'oauth2.client_id': 'x' })
    expect(await all('?filter=name')).toEqual({ 'server.name': 'y' })
  })

  it('can import what it exported, but becomes no other master', async () => {
    await patch({ 'server.name': 'one' })
    const exported = await all()
    expect((await send('PUT', '/v1/config', exported)).status).toBe(201)
    expect(await all()).toEqual(exported)
    expect(await patch({ 'server.uuid': 'another' })).toMatchObject({
      status: 422,
      body: { error: { 'server.uuid': 'server.uuid cannot be changed' } },
    })
  })

  it('hides the salt of an old master', async () => {
    expect(await patch({ 'server.salt': 'x' })).toMatchObject({ status: 422 })
    expect(
      (await send('PUT', '/v1/config', { 'server.salt': 'x', ...(await uuid()) })).status,
    ).toBe(201)
    expect(await all()).toEqual(await uuid())
    expect((await send('GET', '/v1/config/server.salt')).status).toBe(404)
  })

  it.each([
    [{ 'oauth2.token_endpoint': 'http://login.example.com/token' }, 'must be a URL with https'],
    [{ 'oauth2.token_endpoint': 'ftp://login.example.com' }, 'must be a URL with https'],
    [{ 'oauth2.authorize_endpoint': 'https://me:pw@login.example.com' }, 'must hold no password'],
    [{ 'oauth2.token_method': 'delete' }, 'must be one of post, get'],
    [{ 'server.agent_compatibility': '1.4' }, 'must be one of 1.5'],
    [{ 'server.root_url': 'master' }, 'must be a URL with http or https'],
    [{ 'no key': 'x' }, 'is not a key'],
    [{ 'server.name': 'x'.repeat(5_000) }, 'is too long'],
    [{ 'server.name': { nested: true } }, "isn't a string"],
  ])('refuses %j, and changes nothing', async (change, message) => {
    const [key = ''] = Object.keys(change)
    const reply = await patch({ 'server.provider': 'aws', ...change })
    expect(reply.status).toBe(422)
    expect(Object(reply.body).error[key]).toContain(message)
    expect(await all()).toEqual(await uuid())
  })

  it('names the master in the replies that bring tokens', async () => {
    await patch({ 'server.name': 'the master' })
    const body = { response_type: 'token', scope: 'user' }
    expect((await master.send('/oauth2/authorize', { method: 'POST', body })).body).toMatchObject({
      server: { name: 'the master' },
    })
  })
})
