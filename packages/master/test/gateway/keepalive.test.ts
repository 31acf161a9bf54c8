import { EventEmitter, once } from 'node:events'
import { stat } from 'node:fs'
import { describe, expect, it, vi } from 'vitest'
import { keepAlive } from '../../src/gateway/keepalive.ts'

describe('keepAlive', () => {
  it('hears a pong that came while the whole process stood still', async () => {
    const onSilence = vi.fn()
    const onPong = vi.fn()
    const socket = Object.assign(new EventEmitter(), {
      ping: () => {
        setImmediate(() => {
          // What arrives while nothing runs is read after the timers that are due by then.
          stat('/', () => socket.emit('pong'))
          const until = Date.now() + 100
          while (Date.now() < until);
        })
      },
    })
    keepAlive(socket, { interval: 1, timeout: 10, onPong, onSilence })
    await once(socket, 'pong')
    socket.emit('close')
    expect(onPong).toHaveBeenCalledTimes(1)
    expect(onSilence).not.toHaveBeenCalled()
  })

  it('takes a peer for alive whose pong is behind much else that it says', async () => {
    const onSilence = vi.fn()
    const socket = Object.assign(new EventEmitter(), {
      ping: () => void setImmediate(() => socket.emit('message')),
    })
    await new Promise<void>((resolve) => {
      let times = 0
      keepAlive(socket, {
        interval: 1,
        timeout: 10,
        onPong: () => {
          times += 1
          if (times === 3) resolve()
        },
        onSilence,
      })
    })
    socket.emit('close')
    expect(onSilence).not.toHaveBeenCalled()
  })

  it('spreads the pings of agents that connected together over the interval', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] })
    const perSecond = Array<number>(90).fill(0)
    let second = 0
    for (let agent = 0; agent < 3_000; agent += 1) {
      const socket = Object.assign(new EventEmitter(), {
        ping: () => {
          perSecond[second] = (perSecond[second] ?? 0) + 1
          socket.emit('pong')
        },
      })
      keepAlive(socket, { interval: 30_000, timeout: 5_000, onPong: () => {}, onSilence: () => {} })
    }
    for (second = 0; second < 90; second += 1) vi.advanceTimersByTime(1_000)
    vi.useRealTimers()
    // Each is pinged each 30 s, a hundred a second.
    expect(perSecond.reduce((sum, pings) => sum + pings)).toBeGreaterThanOrEqual(9_000)
    expect(Math.max(...perSecond)).toBeLessThan(200)
  })

  it('tells of silence once, and pings no more', async () => {
    const ping = vi.fn()
    const socket = Object.assign(new EventEmitter(), { ping })
    await new Promise<void>((resolve) => {
      keepAlive(socket, { interval: 1, timeout: 1, onPong: () => {}, onSilence: resolve })
    })
    socket.emit('close')
    expect(ping).toHaveBeenCalledTimes(1)
  })
})
