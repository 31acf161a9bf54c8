import { decodeFrame, encodeFrame, type RpcFrame } from '@kontena/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Method, openRpc } from '../../src/connection/rpc.ts'

function openPair(methods: Record<string, Method> = {}) {
  const sent: RpcFrame[] = []
  const notifications: unknown[] = []
  const rpc = openRpc({
    send: (frame) => sent.push(decodeFrame(frame)),
    timeout: 30_000,
    onNotification: (method, params) => notifications.push([method, params]),
    methods,
  })
  const receive = (frame: RpcFrame): void => rpc.receive(encodeFrame(frame))
  const idOf = (index: number): number => {
    const frame = sent[index]
    return frame?.type === 'request' ? frame.id : -1
  }
  return { rpc, sent, notifications, receive, idOf }
}

describe('openRpc', () => {
  beforeEach(() => {
    vi.useFakeTimers()
  })
  afterEach(() => {
    vi.useRealTimers()
  })

  it('matches answers to requests in any order', async () => {
    const { rpc, receive, idOf } = openPair()
    const first = rpc.request('/a', [1])
    const second = rpc.request('/b', [2])

    receive({ type: 'response', id: idOf(1), error: undefined, result: 'two' })
    receive({ type: 'response', id: idOf(0), error: undefined, result: 'one' })

    expect(await first).toBe('one')
    expect(await second).toBe('two')
    expect(vi.getTimerCount()).toBe(0)
  })

  it.each([
    [{ code: 500, message: 'broken' }, '/a: 500 broken'],
    [{ code: 501, error: 'service not implemented' }, '/a: 501 service not implemented'],
    [{ code: 404 }, '/a: 404'],
  ])('rejects with what the other side says: %j', async (error, message) => {
    const { rpc, receive, idOf } = openPair()
    const request = rpc.request('/a', [])

    receive({ type: 'response', id: idOf(0), error, result: null })

    await expect(request).rejects.toThrow(message)
  })

  it('rejects when no answer comes in time, and forgets the request', async () => {
    const { rpc, receive, idOf } = openPair()
    const request = rpc.request('/a', [])
    const rejected = expect(request).rejects.toThrow('/a: no answer in time')

    await vi.advanceTimersByTimeAsync(29_999)
    expect(vi.getTimerCount()).toBe(1)
    await vi.advanceTimersByTimeAsync(1)

    await rejected
    receive({ type: 'response', id: idOf(0), error: undefined, result: 'late' })
  })

  it('rejects all that is open when it closes', async () => {
    const { rpc } = openPair()
    const requests = [rpc.request('/a', []), rpc.request('/b', [])]

    rpc.close()

    for (const request of requests) {
      await expect(request).rejects.toThrow('the connection is closed')
    }
    expect(vi.getTimerCount()).toBe(0)
  })

  it('answers what it is asked for, in its own time', async () => {
    const { sent, receive } = openPair({ '/add': async (params) => params.length })

    receive({ type: 'request', id: 4, method: '/add', params: ['a', 'b'] })
    await vi.runAllTimersAsync()

    expect(sent).toEqual([{ type: 'response', id: 4, error: undefined, result: 2 }])
  })

  it('tells why an answer failed', async () => {
    const broken = async () => {
      throw new Error('no disk')
    }
    const { sent, receive } = openPair({ '/broken': broken })

    receive({ type: 'request', id: 4, method: '/broken', params: [] })
    await vi.runAllTimersAsync()

    expect(sent).toMatchObject([{ id: 4, error: { code: 500, message: 'no disk' } }])
  })

  it.each(['toString', 'constructor', '__proto__'])('is not asked for %s by any name', (method) => {
    const { sent, receive } = openPair({ '/add': async () => 1 })

    receive({ type: 'request', id: 4, method, params: [] })

    expect(sent).toMatchObject([{ id: 4, error: { code: 501 } }])
  })

  it('refuses more requests than it can have under way', async () => {
    const never = new Promise<never>(() => {})
    const { sent, receive } = openPair({ '/slow': () => never })

    for (let id = 0; id < 33; id += 1) receive({ type: 'request', id, method: '/slow', params: [] })

    expect(sent).toMatchObject([{ id: 32, error: { code: 503 } }])
  })

  it('hands notifications on and answers requests with 501', () => {
    const { sent, notifications, receive } = openPair()

    receive({ type: 'notification', method: '/agent/node_info', params: [{}] })
    receive({ type: 'request', id: 4, method: '/containers/kill', params: ['id'] })

    expect(notifications).toEqual([['/agent/node_info', [{}]]])
    expect(sent).toEqual([
      {
        type: 'response',
        id: 4,
        error: { code: 501, error: 'service not implemented' },
        result: null,
      },
    ])
  })

  it('throws on bytes that are no frame', () => {
    const { rpc } = openPair()

    expect(() => rpc.receive(Buffer.from('nonsense'))).toThrow()
  })
})
