import { once } from 'node:events'
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import { onTestFinished, vi } from 'vitest'
import { useEnvironment } from './environment.ts'

export interface StubRequest {
  /** As in `GET /v2/droplets/1`. */
  readonly line: string
  readonly query: URLSearchParams
  readonly headers: IncomingHttpHeaders
  /** Parsed JSON; undefined without a body. */
  readonly body: unknown
}

/** What DigitalOcean is to say: JSON with a status, a body of another kind, or nothing at all. */
export type StubAnswer =
  | {
      readonly status?: number
      readonly json?: unknown
      readonly text?: string
      readonly headers?: Readonly<Record<string, string>>
    }
  | { readonly hangUp: true }
  | { readonly silence: true }

type Reply = StubAnswer | ((request: StubRequest) => StubAnswer)

/** A DigitalOcean of canned answers on loopback. What was not foreseen fails with 404. */
export interface ApiStub {
  readonly url: string
  readonly requests: readonly StubRequest[]
  /** Answers to a request line, in order; the last one stays. */
  answer(line: string, ...replies: Reply[]): void
  /** Request lines so far. */
  lines(): readonly string[]
  /** Bodies of every request with this line. */
  sent(line: string): readonly unknown[]
}

export const stubToken = 'dop_v1_5ec2e7'

/** Starts a stub for one test and points the provider at it. */
export async function startApiStub(): Promise<ApiStub> {
  const requests: StubRequest[] = []
  const replies = new Map<string, Reply[]>()
  const server = createServer(async (incoming, outgoing) => {
    const request = await readRequest(incoming)
    requests.push(request)
    const queue = replies.get(request.line) ?? []
    const reply = queue.length > 1 ? queue.shift() : queue[0]
    send(outgoing, (typeof reply === 'function' ? reply(request) : reply) ?? unforeseen)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stub has no port')
  const url = `http://127.0.0.1:${address.port}`
  useEnvironment({
    DIGITALOCEAN_API_URL: url,
    DIGITALOCEAN_ACCESS_TOKEN: stubToken,
    DIGITALOCEAN_REGION: 'fra1',
  })
  onTestFinished(async () => {
    vi.unstubAllEnvs()
    server.closeAllConnections()
    server.close()
    await once(server, 'close')
  })
  return {
    url,
    requests,
    answer: (line, ...queue) => {
      replies.set(line, queue)
    },
    lines: () => requests.map(({ line }) => line),
    sent: (line) => requests.filter((request) => request.line === line).map(({ body }) => body),
  }
}

async function readRequest(incoming: IncomingMessage): Promise<StubRequest> {
  const url = new URL(incoming.url ?? '', 'http://stub')
  const chunks: Buffer[] = []
  for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
  const text = Buffer.concat(chunks).toString()
  return {
    line: `${incoming.method} ${url.pathname}`,
    query: url.searchParams,
    headers: incoming.headers,
    body: text === '' ? undefined : JSON.parse(text),
  }
}

function send(outgoing: ServerResponse, answer: StubAnswer): void {
  if ('silence' in answer) return
  if ('hangUp' in answer) {
    outgoing.destroy()
    return
  }
  const { status = 200, json, text = '', headers } = answer
  const type = json === undefined ? 'text/html' : 'application/json'
  outgoing.writeHead(status, { 'content-type': type, ...headers })
  outgoing.end(json === undefined ? text : JSON.stringify(json))
}

/** An error as DigitalOcean writes it. */
export function problem(
  status: number,
  id: string,
  message = 'A message',
  headers: Readonly<Record<string, string>> = {},
): StubAnswer {
  return { status, json: { id, message, request_id: 'request-1' }, headers }
}

const unforeseen = problem(404, 'not_found')

/** A droplet as the API shows it, as far as anybody looks. */
export function dropletJson(id: number, changes: Readonly<Record<string, unknown>> = {}) {
  return {
    id,
    name: `web-${id}`,
    status: 'active',
    locked: false,
    region: { slug: 'fra1' },
    size_slug: 's-1vcpu-2gb',
    tags: [],
    networks: {
      v4: [
        { ip_address: '10.114.0.2', type: 'private' },
        { ip_address: '198.19.0.2', type: 'public' },
      ],
    },
    ...changes,
  }
}
