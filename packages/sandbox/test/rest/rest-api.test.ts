import { describe, expect, test } from 'vitest'
import { openCallLog } from '../../src/calls.ts'
import { openFaults } from '../../src/faults.ts'
import { Refusal } from '../../src/rest/refusal.ts'
import { openRestApi, type RestApi } from '../../src/rest/rest-api.ts'
import { dropped } from '../../src/server.ts'

/** A counter that is told how much to add. */
function openCounter(changes: Partial<RestApi<{ count: number }>> = {}) {
  const world = { count: 0 }
  const faults = openFaults()
  const calls = openCallLog()
  const endpoint = openRestApi<{ count: number }>({
    prefix: '/v1/',
    world,
    faults,
    calls,
    routes: [
      {
        method: 'POST',
        path: 'counter',
        action: (body) => (Number(body) > 0 ? 'counter.add' : 'counter.take'),
        answer(call) {
          if (call.body === 13) throw new Refusal(422, 'unlucky', 'Not thirteen.')
          if (call.body === 14) throw new Error('a bug')
          world.count += Number(call.body)
          return { status: 201, body: { count: world.count, next: call.url.href } }
        },
      },
      {
        method: 'DELETE',
        path: 'counter',
        action: 'counter.clear',
        answer: () => ({ status: 204 }),
      },
    ],
    admit() {},
    zoneOf: () => 'here',
    unknownPath: () => new Refusal(404, 'unknown', 'There is no such path.'),
    malformedBody: () => new Refusal(400, 'malformed', 'This is no JSON.'),
    struck: (fault) => new Refusal(503, fault.kind, 'Struck.', { headers: { 'x-own': 'yes' } }),
    render: ({ status, code }) => ({ status, type: 'text/plain', body: code }),
    headers: () => ({ 'x-always': 'yes' }),
    ...changes,
  })
  const send = (method: string, target: string, body = '') =>
    endpoint.answer({ method, target, headers: { host: 'api.example.com' }, body })
  return { world, faults, calls, endpoint, send }
}

describe('an API', () => {
  test('answers under its prefix only', () => {
    const { endpoint } = openCounter()
    const handles = (target: string) =>
      endpoint.handles({ method: 'GET', target, headers: {}, body: '' })
    expect([handles('/v1/counter'), handles('/v2/counter'), handles('/v1')]).toEqual([
      true,
      false,
      false,
    ])
  })
  test('carries out a call, with its headers and the address it was called at', async () => {
    const { world, send } = openCounter()
    expect(await send('POST', '/v1/counter?page=2', '5')).toEqual({
      status: 201,
      type: 'application/json; charset=utf-8',
      body: '{"count":5,"next":"http://api.example.com/v1/counter?page=2"}',
      headers: { 'x-always': 'yes' },
    })
    expect(world.count).toBe(5)
  })
  test('has no body where there is nothing to say', async () => {
    expect(await openCounter().send('DELETE', '/v1/counter')).toMatchObject({
      status: 204,
      body: '',
    })
  })
  test('refuses in its own words, with its headers too', async () => {
    const { send } = openCounter()
    expect(await send('POST', '/v1/counter', '13')).toEqual({
      status: 422,
      type: 'text/plain',
      body: 'unlucky',
      headers: { 'x-always': 'yes' },
    })
    expect(await send('GET', '/v1/counter')).toMatchObject({ status: 404, body: 'unknown' })
    expect(await send('POST', '/v1/counter', '{')).toMatchObject({ status: 400, body: 'malformed' })
  })
  test('lets nobody see what is there who is not admitted', async () => {
    const admit = () => {
      throw new Refusal(401, 'stranger', 'Who are you?')
    }
    const { send } = openCounter({ admit })
    expect(await send('GET', '/v1/nothing')).toMatchObject({ status: 401, body: 'stranger' })
  })
  test('hides none of its own bugs', async () => {
    await expect(openCounter().send('POST', '/v1/counter', '14')).rejects.toThrow('a bug')
  })
  test('writes down each call by its action and zone', async () => {
    const { calls, send } = openCounter()
    await send('POST', '/v1/counter', '5')
    await send('POST', '/v1/counter', '-5')
    await send('PUT', '/v1/other')
    expect(calls.all()).toMatchObject([
      { action: 'counter.add', region: 'here', status: 201, code: undefined },
      { action: 'counter.take', status: 201 },
      { action: 'PUT /v1/other', status: 404, code: 'unknown' },
    ])
  })
})

describe('a fault', () => {
  test('strikes before the change, and is told in the words of the API', async () => {
    const { world, faults, send } = openCounter()
    faults.add({ kind: 'throttle', action: 'counter.add', times: 1 })
    expect(await send('POST', '/v1/counter', '5')).toMatchObject({
      status: 503,
      body: 'throttle',
      headers: { 'x-own': 'yes', 'x-always': 'yes' },
    })
    expect(world.count).toBe(0)
  })
  test('drops the connection before or after it', async () => {
    const { world, faults, send, calls } = openCounter()
    faults.add({ kind: 'reset', zone: 'here', times: 1 })
    expect(await send('POST', '/v1/counter', '5')).toBe(dropped)
    expect(world.count).toBe(0)
    faults.add({ kind: 'timeout-after-commit', times: 1 })
    expect(await send('POST', '/v1/counter', '5')).toBe(dropped)
    expect(world.count).toBe(5)
    expect(calls.all().map(({ status }) => status)).toEqual([0, 0])
  })
})
