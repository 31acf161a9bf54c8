/** What is asked of a WebSocket here. */
interface Pinged {
  ping(): void
  on(event: 'pong' | 'message', listener: () => void): unknown
  once(event: 'close', listener: () => void): unknown
}

export interface KeepaliveOptions {
  /** Milliseconds between pings. */
  readonly interval: number
  /** Milliseconds that a pong may take. */
  readonly timeout: number
  /** The peer is alive: it has answered, or was speaking meanwhile. */
  onPong(): void
  /** Nothing came in time. No more pings follow. */
  onSilence(): void
}

/**
 * Pings a socket until it closes. The first ping comes at a random moment of the interval, so that
 * agents which connected together are not all pinged together.
 */
export function keepAlive(socket: Pinged, options: KeepaliveOptions): void {
  let timer = setTimeout(ping, Math.random() * options.interval)
  let isWaiting = false
  let isHeard = false

  function ping(): void {
    isWaiting = true
    isHeard = false
    timer = setTimeout(onTimeout, options.timeout)
    socket.ping()
  }

  /** After a stall or a suspended host the pong may have come, and waits behind this timer to be read. */
  function onTimeout(): void {
    setImmediate(() => {
      if (!isWaiting) return
      // Its pong may stand behind all that it sends, and is read no quicker than that.
      if (isHeard) answered()
      else options.onSilence()
    })
  }

  function answered(): void {
    if (!isWaiting) return
    isWaiting = false
    clearTimeout(timer)
    timer = setTimeout(ping, options.interval)
    options.onPong()
  }

  socket.on('pong', answered)
  socket.on('message', () => {
    isHeard = true
  })
  socket.once('close', () => clearTimeout(timer))
}
