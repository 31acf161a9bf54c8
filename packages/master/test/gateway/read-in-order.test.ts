import { EventEmitter, once } from 'node:events'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { rateLimit } from '../../src/gateway/rate-limit.ts'
import { readInOrder } from '../../src/gateway/read-in-order.ts'

/** The socket's own part in this: to be read, or not. */
class FakeSocket extends EventEmitter {
  readonly OPEN = WebSocket.OPEN
  readyState: number = WebSocket.OPEN
  isPaused = false
  pause(): void {
    this.isPaused = true
  }
  resume(): void {
    this.isPaused = false
    this.emit('resumed')
  }
}

describe('readInOrder', () => {
  let socket: FakeSocket
  let handled: string[]
  beforeEach(() => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'performance'] })
    socket = new FakeSocket()
    handled = []
  })
  afterEach(() => vi.useRealTimers())

  const read = (allowed: { burst: number; perSecond: number }) => {
    const mine = handled
    return readInOrder(socket, {
      limit: rateLimit(allowed),
      handle: async (data) => {
        mine.push(data.toString())
      },
    })
  }
  const say = (...texts: string[]) => {
    for (const text of texts) socket.emit('message', Buffer.from(text), true)
  }
  const heard = (count: number) =>
    vi.waitFor(() => expect(handled).toHaveLength(count), { interval: 1 })

  it('reads on once the peer has paid with time for what it sent too much', async () => {
    read({ burst: 2, perSecond: 10 })
    say('a', 'b', 'c')
    expect(socket.isPaused).toBe(true)
    await heard(3)
    expect(handled).toEqual(['a', 'b', 'c'])
    expect(socket.isPaused).toBe(true)
    const resumed = once(socket, 'resumed')
    vi.advanceTimersByTime(50)
    expect(socket.isPaused).toBe(true)
    vi.advanceTimersByTime(100)
    await resumed
    expect(socket.isPaused).toBe(false)
  })

  it('charges long frames, pings and dear calls more than short frames', () => {
    const charge = read({ burst: 10, perSecond: 1 })
    say('x'.repeat(5 * 16_384))
    expect(socket.isPaused).toBe(false)
    socket.emit('ping')
    charge(2)
    expect(socket.isPaused).toBe(false)
    charge(2)
    expect(socket.isPaused).toBe(true)
  })

  it('stops reading while a hundred frames wait, whatever they cost', async () => {
    read({ burst: 10_000, perSecond: 1 })
    say(...Array<string>(150).fill('x'))
    expect(socket.isPaused).toBe(true)
    await heard(150)
    await vi.waitFor(() => expect(socket.isPaused).toBe(false), { interval: 1 })
  })

  it('leaves a socket that closes alone', () => {
    const charge = read({ burst: 1, perSecond: 1 })
    socket.readyState = WebSocket.CLOSING
    charge(5)
    expect(socket.isPaused).toBe(false)
  })
})
