import { STATUS_CODES } from 'node:http'
import type { Duplex } from 'node:stream'
import { securityHeaders } from '../http/security-headers.ts'

export interface UpgradeRefusal {
  readonly status: number
  readonly text: string
  readonly headers: Readonly<Record<string, string>>
}

/** Answers an upgrade request with an HTTP response and ends the connection. */
export function refuseUpgrade(socket: Duplex, { status, text, headers }: UpgradeRefusal): void {
  const body = JSON.stringify({ error: text })
  const lines = {
    ...securityHeaders,
    ...headers,
    'content-type': 'application/json',
    'content-length': String(Buffer.byteLength(body)),
    connection: 'close',
  }
  const head = Object.entries(lines).map(([name, value]) => `${name}: ${value}\r\n`)
  socket.once('finish', () => socket.destroy())
  socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status] ?? ''}\r\n${head.join('')}\r\n${body}`)
}
