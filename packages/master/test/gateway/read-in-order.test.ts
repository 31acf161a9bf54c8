import { EventEmitter } from 'node:events'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { WebSocket } from 'ws'
import { readInOrder } from '../../src/gateway/read-in-order.ts'

/** The socket's own part in this: to be read, or not. */
class FakeSocket extends EventEmitter {
  readonly CLOSED = WebSocket.CLOSED
  readyState: number = WebSocket.OPEN
  isPaused = false
  pause(): void {
    this.isPaused = true
  }
  resume(): void {
    this.isPaused = false
  }
}

describe('readInOrder', () => {
  let socket: FakeSocket
  let handled: string[]
  let debt: number
  beforeEach(() => {
    socket = new FakeSocket()
    handled = []
    debt = 0
  })

  /** Lets so much pass; what is above takes a moment to pay for. */
  const read = (allowed: number) => {
    const mine = handled
    readInOrder(socket, {
      limit: {
        take: (cost) => {
          debt += cost
          return debt > allowed ? 1 : 0
        },
      },
      handle: async (data) => {
        mine.push(`${data}${socket.isPaused ? ' while paused' : ''}`)
      },
    })
  }
  const say = (...texts: string[]) => {
    for (const text of texts) socket.emit('message', Buffer.from(text), true)
  }
  const heard = (...texts: string[]) => vi.waitFor(() => expect(handled).toEqual(texts))
  const isReadOn = () => vi.waitFor(() => expect(socket.isPaused).toBe(false))

  it('handles frames in their order, and reads no further while there is a debt', async () => {
    read(2.5)
    say('a', 'b', 'c', 'd')
    await heard('a', 'b', 'c while paused', 'd while paused')
    await isReadOn()
  })

  it('is held up once, and for as long as all of them cost, by many pongs that nobody asked for', async () => {
    vi.useFakeTimers()
    let owed = 0
    readInOrder(socket, {
      limit: {
        take: (cost) => {
          owed += cost
          return owed
        },
      },
      handle: async () => {},
    })
    for (let count = 0; count < 5_000; count += 1) socket.emit('pong')
    expect(vi.getTimerCount()).toBe(1)
    vi.advanceTimersByTime(4_999)
    expect(socket.isPaused).toBe(true)
    vi.advanceTimersByTime(1)
    expect(socket.isPaused).toBe(false)
    vi.useRealTimers()
  })

  it('takes more for long frames, and for pings', async () => {
    read(100)
    say('x'.repeat(5 * 16_384))
    await vi.waitFor(() => expect(debt).toBe(6))
    socket.emit('ping')
    expect(debt).toBe(7)
    debt = 100
    socket.emit('ping')
    expect(socket.isPaused).toBe(true)
    await isReadOn()
  })

  it('stops reading while a hundred frames wait, whatever they cost', async () => {
    read(Number.POSITIVE_INFINITY)
    say(...Array<string>(99).fill('x'))
    expect(socket.isPaused).toBe(false)
    say('x')
    expect(socket.isPaused).toBe(true)
    await vi.waitFor(() => expect(handled).toHaveLength(100))
    await isReadOn()
  })

  it('handles no more for who has left, and keeps nobody waiting for it', async () => {
    read(0)
    say('a', 'b', 'c')
    socket.readyState = WebSocket.CLOSED
    await vi.waitFor(() => expect(debt).toBe(3 * (1 + 1 / 16_384)))
    expect(handled).toEqual([])
  })
})
