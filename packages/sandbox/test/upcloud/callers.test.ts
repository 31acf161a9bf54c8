import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { makeServer, openSandbox, refusal, refusalCode, send, serverBody } from './open.ts'

describe('a caller', () => {
  test('shows a token, or a name and a password', async () => {
    const { url, token } = await openSandbox()
    const basic = (text: string) => `Basic ${Buffer.from(text).toString('base64')}`
    const status = async (authorization: string) =>
      (await send(url, authorization, ['GET', 'account'])).status
    expect(await status(`Bearer ${token}`)).toBe(200)
    expect(await status(basic(`sandbox:${token}`))).toBe(200)
    expect(await status(basic('sandbox:wrong'))).toBe(401)
    expect(await status(`Bearer ${token}x`)).toBe(401)
    expect(await status('')).toBe(401)
  })
  test('who is unknown is turned away in the words of the part that was asked', async () => {
    const { url } = await openSandbox()
    const classic = send(url, 'Bearer wrong', ['GET', 'server'])
    expect(await refusal(classic)).toMatchObject({ status: 401, code: 'AUTHENTICATION_FAILED' })
    const younger = await send(url, 'Bearer wrong', ['GET', 'account/tokens'])
    expect(younger.headers.get('content-type')).toBe('application/problem+json')
    expect(younger.body).toMatchObject({
      type: expect.stringMatching(/#ERROR_AUTHENTICATION_FAILED$/),
      status: 401,
      correlation_id: expect.any(String),
    })
  })
  test('asks for what is not there', async () => {
    const { call } = await openSandbox()
    expect(await refusal(call('GET', 'load-balancer'))).toMatchObject({ status: 404 })
  })
  test('sees the account by its name, and no other', async () => {
    const { call } = await openSandbox()
    const { status, body } = await call('GET', 'account/details/sandbox')
    expect({ status, body }).toEqual({ status: 200, body: { account: { username: 'sandbox' } } })
    expect(await refusal(call('GET', 'account/details/nobody'))).toMatchObject({ status: 404 })
  })
  test('sees tokens, zones, plans and prices', async () => {
    const { call } = await openSandbox()
    expect((await call('GET', 'account/tokens')).body).toMatchObject([{ name: 'sandbox' }])
    const { body } = await call('GET', 'price')
    const { prices } = z
      .object({ prices: z.object({ zone: z.array(z.looseObject({ name: z.string() })) }) })
      .parse(body)
    const helsinki = prices.zone.find(({ name }) => name === 'fi-hel1')
    expect(helsinki?.['server_plan_1xCPU-1GB']).toEqual({ amount: 1, price: 1.0417 })
    expect((await call('GET', 'plan')).body).toHaveProperty('plans.plan.0.storage_size', 25)
    expect((await call('GET', 'zone')).body).toHaveProperty('zones.zone.1.id', 'fi-hel1')
  })
})

describe('a fault', () => {
  test('throttles with and without a time to come back', async () => {
    const { call, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'throttle', action: 'server.list', retryAfter: 3, times: 1 })
    sandbox.faults.add({ kind: 'throttle', times: 1 })
    const first = await call('GET', 'server')
    expect([first.status, first.headers.get('retry-after')]).toEqual([429, '3'])
    const second = await call('GET', 'server')
    expect([second.status, second.headers.get('retry-after')]).toEqual([429, null])
    expect((await call('GET', 'server')).status).toBe(200)
  })
  test('is in the words that it is given, and nothing happens', async () => {
    const { call, sandbox } = await openSandbox()
    const code = 'INSUFFICIENT_CREDITS'
    sandbox.faults.add({ kind: 'error', action: 'server.create', code, status: 402, times: 1 })
    expect(await refusal(call('POST', 'server', serverBody()))).toMatchObject({ status: 402, code })
    sandbox.faults.add({ kind: 'unauthorized', action: 'server.create', zone: 'fi-hel1' })
    expect((await call('POST', 'server', serverBody())).status).toBe(403)
    expect(sandbox.upcloud.servers()).toEqual([])
  })
  test('drops the connection before or after the change', async () => {
    const { call, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'reset', action: 'server.create', times: 1 })
    await expect(call('POST', 'server', serverBody())).rejects.toThrow('fetch failed')
    expect(sandbox.upcloud.servers()).toEqual([])
    sandbox.faults.add({ kind: 'timeout-after-commit', action: 'server.create', times: 1 })
    await expect(call('POST', 'server', serverBody())).rejects.toThrow('fetch failed')
    expect(sandbox.upcloud.servers()).toHaveLength(1)
  })
  test('strikes calls about what is in its zone', async () => {
    const opened = await openSandbox()
    const { call, sandbox } = opened
    const here = await makeServer(opened)
    const there = await makeServer(opened, { zone: 'de-fra1' })
    sandbox.faults.add({ kind: 'error', code: 'BROKEN', zone: 'de-fra1' })
    expect((await call('GET', `server/${here}`)).status).toBe(200)
    expect(await refusalCode(call('GET', `server/${there}`))).toBe('BROKEN')
    expect(sandbox.calls.all().at(-1)).toMatchObject({
      action: 'server.get',
      region: 'de-fra1',
      code: 'BROKEN',
    })
  })
})
