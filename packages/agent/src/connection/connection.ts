import type { IncomingMessage } from 'node:http'
import { closeCodes } from '@kontena/protocol'
import WebSocket from 'ws'
import { z } from 'zod'
import type { Settings } from '../environment.ts'
import { agentVersion } from '../version.ts'
import type { Trust } from './trust.ts'

/** How a connection ended. Codes as in the 1.5 protocol; 1006 where no close frame came. */
export interface ConnectionEnd {
  readonly code: number
  readonly reason: string
}

export interface ConnectionOptions {
  readonly settings: Settings
  readonly nodeId: string
  readonly labels: readonly string[]
  readonly trust: Trust
  /** Milliseconds until the upgrade must have happened. */
  readonly timeout: number
  /** The master said what time it is, in an answer that took so many milliseconds at most. */
  readonly onTime: (time: string | undefined, took: number) => void
  readonly onOpen: () => void
  readonly onFrame: (frame: Uint8Array) => void
}

export interface Connection {
  send(frame: Uint8Array): void
  /** Resolves when the other side answers; rejects when it does not in time. */
  ping(milliseconds: number): Promise<void>
  /** Says goodbye, and cuts the line where that takes too long. */
  close(): void
  /** Cuts the line. */
  drop(): void
  /** Resolves once, whatever happened. */
  readonly ended: Promise<ConnectionEnd>
}

/** Opens the agent's WebSocket with the headers of the 1.5 protocol. */
export function openConnection(options: ConnectionOptions): Connection {
  const begun = performance.now()
  const socket = new WebSocket(options.settings.url, {
    headers: handshakeHeaders(options),
    ...options.trust,
    handshakeTimeout: options.timeout,
    perMessageDeflate: false,
    maxPayload: 16 * 1024 * 1024,
  })
  socket.binaryType = 'nodebuffer'
  socket.on('upgrade', ({ headers }) => {
    const time = headers['kontena-connected-at']
    options.onTime(typeof time === 'string' ? time : undefined, performance.now() - begun)
  })
  socket.on('open', options.onOpen)
  socket.on('message', (data) => {
    if (Buffer.isBuffer(data)) options.onFrame(data)
  })

  return {
    send: (frame) => {
      if (socket.readyState === WebSocket.OPEN) socket.send(frame)
    },
    ping: (milliseconds) => ping(socket, milliseconds),
    close() {
      socket.close(1000)
      const limit = setTimeout(() => socket.terminate(), 1000)
      socket.once('close', () => clearTimeout(limit))
    },
    drop: () => socket.terminate(),
    ended: awaitEnd(socket),
  }
}

function handshakeHeaders({ settings, nodeId, labels }: ConnectionOptions): Record<string, string> {
  const { token } = settings
  return {
    'Kontena-Node-Id': nodeId,
    'Kontena-Node-Name': asBytes(settings.nodeName),
    'Kontena-Version': agentVersion,
    'Kontena-Node-Labels': asBytes(labels.join(',')),
    'Kontena-Connected-At': timestamp(new Date()),
    [token.kind === 'node' ? 'Kontena-Node-Token' : 'Kontena-Grid-Token']: asBytes(token.value),
  }
}

/** Headers carry bytes, which Node takes as Latin-1 text; ours are UTF-8. */
function asBytes(text: string): string {
  return Buffer.from(text, 'utf8').toString('latin1')
}

/** `2018-03-01 12:00:00.000000000Z` */
function timestamp(date: Date): string {
  return date.toISOString().replace('T', ' ').replace('Z', '000000Z')
}

function ping(socket: WebSocket, milliseconds: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const answered = (): void => {
      clearTimeout(limit)
      resolve()
    }
    const silent = (): void => {
      socket.off('pong', answered)
      reject(new Error(`no pong in ${milliseconds / 1000} s`))
    }
    // After a stall of this host the pong may have come, and waits behind this timer to be read.
    const limit = setTimeout(() => setImmediate(silent), milliseconds)
    socket.once('pong', answered)
    if (socket.readyState === WebSocket.OPEN) socket.ping()
  })
}

function awaitEnd(socket: WebSocket): Promise<ConnectionEnd> {
  return new Promise((resolve) => {
    // The error comes before the close and knows more than its code 1006.
    let reason = ''
    socket.on('error', (error) => {
      reason = error.message
    })
    socket.on('close', (code, text) => resolve({ code, reason: text.toString('utf8') || reason }))
    socket.on('unexpected-response', (request, response) => {
      let body = ''
      response.setEncoding('utf8').on('data', (text: string) => {
        body += text
        if (body.length > mostRefusal) request.destroy()
      })
      response.once('close', () => {
        resolve(refusal(response, body))
        request.destroy()
      })
    })
  })
}

const knownCodes: ReadonlySet<number> = new Set(
  Object.values(closeCodes).map(({ code }): number => code),
)

/** Characters of an answer that are read for its reason. */
const mostRefusal = 1024

const refusalBody = z.object({ error: z.string() })

/** A master that knows better than to upgrade first names the close code in a header. */
function refusal({ statusCode = 0, headers }: IncomingMessage, body: string): ConnectionEnd {
  const code = Number(headers['kontena-close'])
  const isRefusal = (statusCode === 401 || statusCode === 403) && knownCodes.has(code)
  const why = reasonIn(body)
  const reason = why === undefined ? `HTTP ${statusCode}` : `HTTP ${statusCode}: ${why}`
  return { code: isRefusal ? code : 1006, reason }
}

function reasonIn(body: string): string | undefined {
  try {
    return refusalBody.parse(JSON.parse(body)).error
  } catch {
    return undefined
  }
}
