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
