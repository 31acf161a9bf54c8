import { setImmediate as nextTurn, setTimeout as sleep } from 'node:timers/promises'
import type { RawData } from 'ws'
import type { RateLimit } from './rate-limit.ts'

/** The side of a WebSocket that is read. */
interface Readable {
  readonly readyState: number
  readonly CLOSED: number
  readonly isPaused: boolean
  pause(): void
  resume(): void
  on(event: 'message', listener: (data: RawData, isBinary: boolean) => void): unknown
  on(event: 'ping' | 'pong', listener: () => void): unknown
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
 * nobody who sends many keeps the others waiting, and no quicker than the limit allows. Stops reading while
 * too many wait or there is a debt: the peer then waits to send, and loses nothing while it stays.
 */
export function readInOrder(socket: Readable, { limit, handle }: ReadOptions): void {
  let last = Promise.resolve()
  let waiting = 0
  let pause: NodeJS.Timeout | undefined

  const hasLeft = (): boolean => socket.readyState === socket.CLOSED
  const readOn = (): void => {
    if (waiting === 0 && pause === undefined && socket.isPaused) socket.resume()
  }
  const pay = async (cost: number): Promise<void> => {
    const wait = limit.take(cost)
    if (wait === 0 || hasLeft()) return
    socket.pause()
    await sleep(wait, undefined, { ref: false })
  }
  /** Thousands may come in one turn, which make one pause, as long as that of the last. */
  const charge = (): void => {
    const wait = limit.take(1)
    if (wait === 0 || hasLeft()) return
    socket.pause()
    clearTimeout(pause)
    pause = setTimeout(() => {
      pause = undefined
      readOn()
    }, wait).unref()
  }
  const next = async (data: RawData, isBinary: boolean): Promise<void> => {
    await nextTurn()
    await pay(costOf(data))
    if (!hasLeft()) await handle(data, isBinary)
    waiting -= 1
    readOn()
  }

  socket.on('message', (data, isBinary) => {
    waiting += 1
    if (waiting === mostWaiting) socket.pause()
    last = last.then(() => next(data, isBinary))
  })
  // The library answers each ping at once, and takes pongs that nobody asked for.
  socket.on('ping', charge)
  socket.on('pong', charge)
}
