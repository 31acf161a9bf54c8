import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'

/** One call as it came in. */
export interface CloudRequest {
  readonly method: string
  /** Path and query, as sent. */
  readonly target: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export interface CloudReply {
  readonly status: number
  readonly type: string
  readonly body: string
  readonly headers?: Readonly<Record<string, string>>
}

/** Closes the connection and answers nothing. */
export const dropped = Symbol('dropped')

/** A simulated cloud, or anything else that answers on the sandbox's port. */
export interface Endpoint {
  handles(request: CloudRequest): boolean
  answer(request: CloudRequest): Promise<CloudReply | typeof dropped>
}

export interface Listener {
  readonly url: string
  close(): Promise<void>
}

/** No call of a cloud we simulate comes near this. */
const largestBody = 4 * 1024 * 1024

/** Serves the endpoints on a loopback port. */
export async function listen(endpoints: readonly Endpoint[], port = 0): Promise<Listener> {
  const server = createServer((request, response) => {
    serve(endpoints, request, response).catch((error: unknown) => {
      send(response, { status: 500, type: 'text/plain', body: `sandbox: ${describe(error)}\n` })
    })
  })
  // An SDK reuses connections; one that closes while a call is on its way looks like a fault.
  server.keepAliveTimeout = 120_000
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the sandbox has no port')
  return {
    url: `http://127.0.0.1:${address.port}`,
    async close() {
      const closed = once(server, 'close')
      server.close()
      server.closeAllConnections()
      await closed
    },
  }
}

async function serve(
  endpoints: readonly Endpoint[],
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const body = await readBody(request)
  if (body === undefined) {
    return send(response, { status: 413, type: 'text/plain', body: 'the body is too large\n' })
  }
  const call: CloudRequest = {
    method: request.method ?? 'GET',
    target: request.url ?? '/',
    headers: request.headers,
    body,
  }
  const reply = await answerOf(endpoints, call)
  if (reply === dropped) request.socket.destroy()
  else send(response, reply)
}

/** The first endpoint that handles a request answers it. */
export async function answerOf(
  endpoints: readonly Endpoint[],
  call: CloudRequest,
): Promise<CloudReply | typeof dropped> {
  const endpoint = endpoints.find((candidate) => candidate.handles(call))
  if (endpoint !== undefined) return await endpoint.answer(call)
  return { status: 404, type: 'text/plain', body: 'no simulated cloud here\n' }
}

async function readBody(request: IncomingMessage): Promise<string | undefined> {
  const chunks: Buffer[] = []
  let size = 0
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk)
    size += bytes.length
    if (size > largestBody) return undefined
    chunks.push(bytes)
  }
  return Buffer.concat(chunks).toString('utf8')
}

function send(response: ServerResponse, reply: CloudReply): void {
  if (response.headersSent || response.destroyed) return
  const body = Buffer.from(reply.body)
  response.writeHead(reply.status, {
    'content-type': reply.type,
    'content-length': body.length,
    ...reply.headers,
  })
  response.end(body)
}

function describe(error: unknown): string {
  return error instanceof Error ? (error.stack ?? error.message) : String(error)
}
