import { createHash } from 'node:crypto'
import { once } from 'node:events'
import type { IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { createServer } from 'node:http'
import { createServer as createTlsServer } from 'node:https'
import { setTimeout as sleep } from 'node:timers/promises'
import { decodeFrame, encodeFrame, type RpcError, type RpcFrame } from '@kontena/protocol'
import { type WebSocket, WebSocketServer } from 'ws'

export interface Client {
  readonly headers: IncomingHttpHeaders
  readonly socket: WebSocket
  readonly frames: RpcFrame[]
  /** Resolves to the code with which the agent closed. */
  readonly closed: Promise<number>
}

export interface MasterDoubleOptions {
  tls?: { cert: string; key: string }
  /** Answers pings, as a master that is alive does. */
  autoPong?: boolean
  /** What happens to each connection in turn; the last one goes for all that follow. */
  plan?: readonly Welcome[]
  /** What it says the time is, when an agent connects. */
  time?: string | undefined
  /** Errors to answer requests with, oldest first; then `true`. */
  errors?: RpcError[]
  /** Its answer to an upgrade without an id, in place of its refusal. */
  nobody?: string
  /** What it is called at `/`, in place of a master of this version. */
  greeting?: object
  /** The agent that it hands out at first; none where absent, as a master of 1.5. */
  agent?: string
}

/**
 * `accept`: greeting and node information, as a master does. A number: closed with this code after
 * the greeting. A status: refused before the upgrade.
 */
export type Welcome =
  | 'accept'
  | number
  | { acceptThenClose: number }
  | { status: number; headers: Record<string, string>; body?: string }

export const node = {
  id: 'prod/web-1',
  name: 'web-1',
  labels: [],
  overlay_ip: '10.81.0.1',
  peer_ips: [],
  node_number: 1,
  initial_member: true,
  grid: { id: 'prod', name: 'prod', initial_size: 1 },
}

/** The agent's side of a master, on a real port. */
export async function startMaster(options: MasterDoubleOptions = {}) {
  const { plan = ['accept'], errors = [] } = options
  const clients: Client[] = []
  const refused: IncomingHttpHeaders[] = []
  const nobodies: IncomingHttpHeaders[] = []
  const downloads = handOut(options.agent, options.greeting)
  const server =
    options.tls === undefined
      ? createServer(downloads.answer)
      : createTlsServer(options.tls, downloads.answer)
  const sockets = new WebSocketServer({ noServer: true, autoPong: options.autoPong ?? true })

  sockets.on('headers', (headers) => {
    if (options.time !== undefined) headers.push(`Kontena-Connected-At: ${options.time}`)
  })
  server.on('upgrade', (request, socket, head) => {
    if (request.headers['kontena-node-id'] === undefined) {
      nobodies.push(request.headers)
      socket.end(options.nobody ?? 'HTTP/1.1 403 Forbidden\r\nKontena-Close: 4000\r\n\r\n')
      return
    }
    const turn = clients.length + refused.length
    const welcome = plan[Math.min(turn, plan.length - 1)] ?? 'accept'
    if (typeof welcome === 'object' && 'status' in welcome) {
      refused.push(request.headers)
      const lines = Object.entries(welcome.headers).map(([name, value]) => `${name}: ${value}\r\n`)
      const { body = '' } = welcome
      // The agent hangs up on a long one.
      socket.on('error', () => {})
      socket.end(
        `HTTP/1.1 ${welcome.status} No\r\n${lines.join('')}Content-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      )
      return
    }
    sockets.handleUpgrade(request, socket, head, (opened) => {
      const frames: RpcFrame[] = []
      const closed = once(opened, 'close').then(([code]) => Number(code))
      clients.push({ headers: request.headers, socket: opened, frames, closed })
      opened.on('message', (data) => {
        if (!Buffer.isBuffer(data)) throw new Error('not binary')
        const frame = decodeFrame(data)
        frames.push(frame)
        if (frame.type !== 'request') return
        const error = errors.shift()
        const result = error === undefined ? true : null
        opened.send(encodeFrame({ type: 'response', id: frame.id, error, result }))
      })
      const notify = (method: string, params: unknown): void =>
        opened.send(encodeFrame({ type: 'notification', method, params: [params] }))
      notify('/agent/master_info', { version: '2.0.0', agent_bundle: downloads.hash() })
      if (typeof welcome !== 'number') notify('/agent/node_info', node)
      const code = typeof welcome === 'object' ? welcome.acceptThenClose : welcome
      if (typeof code === 'number') opened.close(code, 'because of the test')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')

  return {
    url: `${options.tls === undefined ? 'ws' : 'wss'}://127.0.0.1:${address.port}`,
    port: address.port,
    clients,
    refused,
    /** Who asked for an upgrade without an id. */
    nobodies,
    downloads,
    /** The connection with this number, once it is there. */
    client: (index = 0): Promise<Client> => soon(() => clients[index]),
    /** The nth frame of a method on a connection. */
    frame: (method: string, { client = 0, nth = 0 } = {}) =>
      soon(
        () =>
          clients[client]?.frames.filter(
            (frame) => frame.type !== 'response' && frame.method === method,
          )[nth],
      ),
    async [Symbol.asyncDispose]() {
      for (const { socket } of clients) socket.terminate()
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

/** The part of a master that hands an agent out. Its answers may be put off, cut short or made wrong. */
function handOut(
  first: string | undefined,
  greeting: object = { name: 'Kontena Master', version: '2.0.0' },
) {
  let agent = first
  let spoil: ((response: ServerResponse) => void) | undefined
  const asked: string[] = []
  let pingStatus = 200
  return {
    /** Paths of the requests so far. */
    asked,
    hash: () => (agent === undefined ? undefined : hashOf(agent)),
    offer: (next: string) => {
      agent = next
    },
    /** Answers every further download in this way. */
    spoil: (how: typeof spoil) => {
      spoil = how
    },
    /** Answers further pings with an error. */
    breakPing: () => {
      pingStatus = 503
    },
    answer: ({ url = '' }: IncomingMessage, response: ServerResponse) => {
      asked.push(url)
      const hash = agent === undefined ? undefined : hashOf(agent)
      if (url === '/v1/ping') response.writeHead(pingStatus).end('{}')
      else if (url === '/') response.end(JSON.stringify({ ...greeting, agent_bundle: hash }))
      else if (spoil !== undefined) spoil(response)
      else if (url === `/v1/agent/bundle/${hash}`) response.end(agent)
      else response.writeHead(404).end()
    },
  }
}

export function hashOf(content: string): string {
  return createHash('sha256').update(content).digest('hex')
}

/** Waits for something that other processes and sockets bring about. */
export async function soon<T>(read: () => T | undefined, limit = 10_000): Promise<T> {
  const end = Date.now() + limit
  for (;;) {
    const value = read()
    if (value !== undefined) return value
    if (Date.now() > end) throw new Error('it did not happen')
    await sleep(5)
  }
}
