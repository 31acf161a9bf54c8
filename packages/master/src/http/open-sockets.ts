import type { Server, Socket } from 'node:net'

/**
 * Keeps track of a server's sockets and returns what cuts them all, those that come later too.
 * The HTTP server itself forgets sockets that were upgraded, and does not know those that have not
 * yet finished, or begun, their TLS handshake: each would hold its end up for two minutes.
 */
export function trackSockets(server: Server): () => void {
  const open = new Set<Socket>()
  let isOver = false
  server.on('connection', (socket) => {
    if (isOver) {
      socket.destroy()
      return
    }
    open.add(socket)
    socket.once('close', () => open.delete(socket))
  })
  return () => {
    isOver = true
    for (const socket of open) socket.destroy()
  }
}
