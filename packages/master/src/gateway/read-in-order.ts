import { setImmediate as nextTurn } from 'node:timers/promises'
import type { RawData } from 'ws'
import type { RateLimit } from './rate-limit.ts'

/** The side of a WebSocket that is read. */
interface Readable {
  readonly readyState: number
  readonly OPEN: number
  readonly isPaused: boolean
  pause(): void
  resume(): void
  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown
  on(event: 'ping', listener: () => void): unknown
  once(event: 'close', listener: () => void): unknown
}

export interface ReadOptions {
  readonly limit: RateLimit
  /** Never rejects. */
  handle(data: RawData, isBinary: boolean): Promise<void>
}

/** Frames that wait to be handled before the socket is read no further. */
const mostWaiting = 100

/** What a frame costs: it has to be read and answered, and a long one has to be read for longer. */
const costOf = (data: RawData): number => 1 + (data instanceof Buffer ? data.length : 0) / 16_384

/**
 * Handles a socket's frames one after the other, each in a turn of the event loop of its own so that
 * nobody who sends many keeps the others waiting. Stops reading while too many wait or the limit is
 * exceeded: the peer then waits to send, and loses nothing. Returns what charges the peer more.
 */
export function readInOrder(socket: Readable, options: ReadOptions): (cost: number) => void {
  const { limit, handle } = options
  let last = Promise.resolve()
  let waiting = 0
  let pause: NodeJS.Timeout | undefined
  socket.once('close', () => clearTimeout(pause))

  const readOn = (): void => {
    pause = undefined
    charge(0)
    if (pause === undefined && waiting === 0 && socket.isPaused) socket.resume()
  }
  const charge = (cost: number): void => {
    const wait = limit.take(cost)
    if (wait === 0 || pause !== undefined || socket.readyState !== socket.OPEN) return
    socket.pause()
    pause = setTimeout(readOn, wait)
  }

  socket.on('message', (data, isBinary) => {
    waiting += 1
    charge(costOf(data))
    if (waiting === mostWaiting) socket.pause()
    last = last
      .then(() => nextTurn())
      .then(() => handle(data, isBinary))
      .finally(() => {
        waiting -= 1
        if (waiting === 0 && pause === undefined && socket.isPaused) socket.resume()
      })
  })
  // Each is answered at once, by the library.
  socket.on('ping', () => charge(1))
  return charge
}
