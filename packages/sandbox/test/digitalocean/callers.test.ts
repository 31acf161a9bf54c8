import { createApiClient } from 'dots-wrapper'
import { describe, expect, test } from 'vitest'
import { openSandbox, refusal, refusalText, small } from './open.ts'

describe('a caller', () => {
  test('who is unknown is turned away', async () => {
    const { url, sandbox } = await openSandbox()
    const stranger = createApiClient({ token: 'dop_v1_wrong', endpoint: url })
    expect(await refusal(stranger.account.getAccount())).toMatchObject({
      status: 401,
      id: 'unauthorized',
      message: 'Unable to authenticate you',
    })
    expect((await fetch(`${url}/account`)).status).toBe(401)
    expect(sandbox.calls.all()).toMatchObject([
      { action: 'account.get', status: 401, code: 'unauthorized' },
      { action: 'account.get', status: 401 },
    ])
  })
  test('asks for what is not there', async () => {
    const { url, token } = await openSandbox()
    const reply = await fetch(`${url}/volumes/1`, { headers: { authorization: `Bearer ${token}` } })
    expect(reply.status).toBe(404)
    expect(await reply.json()).toMatchObject({ id: 'not_found', request_id: expect.any(String) })
  })
  test('is told in each answer what is left of the hour', async () => {
    const { client, url, token } = await openSandbox()
    await client.account.getAccount()
    const reply = await fetch(`${url}/account`, { headers: { authorization: `Bearer ${token}` } })
    expect(reply.headers.get('ratelimit-limit')).toBe('5000')
    expect(reply.headers.get('ratelimit-remaining')).toBe('4998')
    const reset = Number(reply.headers.get('ratelimit-reset')) * 1000 - Date.now()
    expect(reset).toBeGreaterThan(3_500_000)
    expect(reset).toBeLessThanOrEqual(3_601_000)
  })
  test('who asks too often in a minute is told when to come back', async () => {
    const { client } = await openSandbox({ rateLimits: { hourly: 5000, burst: 2 } })
    await client.account.getAccount()
    await client.account.getAccount()
    const refused = await refusal(client.account.getAccount())
    expect(refused).toMatchObject({ status: 429, id: 'too_many_requests' })
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(50)
  })
  test('who has used up the hour is not', async () => {
    const { client } = await openSandbox({ rateLimits: { hourly: 1, burst: 250 } })
    await client.account.getAccount()
    const refused = await refusal(client.account.getAccount())
    expect(refused).toMatchObject({ status: 429, message: 'API rate limit exceeded.' })
    expect(refused.headers['retry-after']).toBeUndefined()
    expect(refused.headers['ratelimit-remaining']).toBe('0')
  })
})

describe('a fault', () => {
  test('throttles with and without a time to come back', async () => {
    const { client, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'throttle', action: 'droplets.list', retryAfter: 7, times: 1 })
    sandbox.faults.add({ kind: 'throttle', action: 'droplets.list', times: 1 })
    const first = await refusal(client.droplet.listDroplets({}))
    expect([first.status, first.headers['retry-after']]).toEqual([429, '7'])
    const second = await refusal(client.droplet.listDroplets({}))
    expect([second.status, second.headers['retry-after']]).toEqual([429, undefined])
    await client.droplet.listDroplets({})
  })
  test('speaks HTML where a gateway would', async () => {
    const { sandbox, url, token } = await openSandbox()
    const error = { kind: 'error', code: 'server_error', message: 'Unavailable' } as const
    sandbox.faults.add({ ...error, status: 503, times: 1 })
    sandbox.faults.add({ ...error, status: 500, times: 1 })
    const get = () => fetch(`${url}/droplets`, { headers: { authorization: `Bearer ${token}` } })
    const html = await get()
    expect([html.status, html.headers.get('content-type')]).toEqual([503, 'text/html'])
    expect(await html.text()).toContain('<h1>Unavailable</h1>')
    expect(await (await get()).json()).toMatchObject({ id: 'server_error', message: 'Unavailable' })
  })
  test('takes a right away', async () => {
    const { client, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'unauthorized', action: 'vpcs.create' })
    const call = client.vpc.createVpc({ name: 'grid', region: 'fra1', description: '' })
    expect(await refusal(call)).toMatchObject({ status: 403, id: 'forbidden' })
  })
  test('drops the connection before or after the change', async () => {
    const { client, sandbox } = await openSandbox()
    const create = () => client.droplet.createDroplet({ ...small, name: 'web-1' })
    sandbox.faults.add({ kind: 'reset', action: 'droplets.create', zone: 'fra1', times: 1 })
    await expect(create()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(sandbox.digitalocean.droplets()).toEqual([])
    sandbox.faults.add({ kind: 'timeout-after-commit', action: 'droplets.create', times: 1 })
    await expect(create()).rejects.toMatchObject({ code: 'ECONNRESET' })
    expect(sandbox.digitalocean.droplets()).toHaveLength(1)
    expect(sandbox.calls.all()).toMatchObject([
      { action: 'droplets.create', region: 'fra1', status: 0 },
      { action: 'droplets.create', region: 'fra1', status: 0 },
    ])
  })
  test('leaves a region without room, for a size or for any', async () => {
    const { client, sandbox } = await openSandbox()
    const fault = { kind: 'no-capacity', zone: 'fra1' } as const
    const remove = sandbox.faults.add({ ...fault, type: 'c-2' })
    await client.droplet.createDroplet({ ...small, name: 'web-1' })
    const large = { ...small, size: 'c-2', name: 'web-2' }
    expect(await refusalText(client.droplet.createDroplet(large))).toBe(
      'Size is not available in this region.',
    )
    await client.droplet.createDroplet({ ...large, region: 'ams3' })
    remove()
    sandbox.faults.add({ ...fault, after: 2 })
    const two = { ...small, names: ['web-3', 'web-4'] }
    expect(await refusalText(client.droplet.createDroplets(two))).toContain('not available')
    await client.droplet.createDroplet({ ...small, name: 'web-3' })
  })
  test('only strikes in its own region', async () => {
    const { client, sandbox } = await openSandbox({ agents: 'none' })
    sandbox.faults.add({ kind: 'throttle', zone: 'ams3' })
    const { data } = await client.droplet.createDroplet({ ...small, name: 'web-1' })
    await client.droplet.getDroplet({ droplet_id: data.droplet.id })
    const elsewhere = { ...small, region: 'ams3', name: 'web-2' }
    expect(await refusal(client.droplet.createDroplet(elsewhere))).toMatchObject({ status: 429 })
  })
})
