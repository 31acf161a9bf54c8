import { once } from 'node:events'
import { createServer, type ServerResponse } from 'node:http'
import { useEnvironment } from './upcloud-environment.ts'

export interface StubRequest {
  readonly method: string
  /** Below `/1.3`, without its query. */
  readonly path: string
  readonly query: URLSearchParams
  readonly authorization: string | undefined
  readonly body: unknown
}

/** What UpCloud is to say: JSON, a refusal with its status, nothing at all, or a body of another kind. */
export type StubAnswer =
  | { readonly body: unknown }
  | {
      readonly error: string
      readonly status?: number
      readonly message?: string
      readonly retryAfter?: number
    }
  | { readonly hangUp: true }
  | { readonly silence: true }
  | { readonly raw: string; readonly status: number }
  | { readonly done: true }

type Reply = StubAnswer | ((request: StubRequest) => StubAnswer)

/** An UpCloud of canned answers on loopback. What was not foreseen fails with `NOT_FORESEEN`. */
export interface UpcloudStub {
  readonly requests: readonly StubRequest[]
  /** Answers to a request, as in `GET /server/`, in order; the last one stays. */
  answer(request: string, ...replies: Reply[]): void
  /** Requests like this one, as in `POST /server`. */
  sent(request: string): readonly StubRequest[]
  forget(): void
  close(): Promise<void>
}

/** Starts the stub and points the client at it. */
export async function startUpcloudStub(): Promise<UpcloudStub> {
  const requests: StubRequest[] = []
  const replies = new Map<string, Reply[]>()
  const server = createServer(async (incoming, outgoing) => {
    const chunks: Buffer[] = []
    for await (const chunk of incoming) chunks.push(Buffer.from(chunk))
    const text = Buffer.concat(chunks).toString()
    const url = new URL(incoming.url ?? '/', 'http://stub')
    const request: StubRequest = {
      method: incoming.method ?? '',
      path: url.pathname.replace(/^\/1\.3/, ''),
      query: url.searchParams,
      authorization: incoming.headers.authorization,
      body: text === '' ? undefined : JSON.parse(text),
    }
    requests.push(request)
    const queue = replies.get(nameOf(request)) ?? []
    const reply = queue.length > 1 ? queue.shift() : queue[0]
    send(
      outgoing,
      (typeof reply === 'function' ? reply(request) : reply) ?? {
        error: 'NOT_FORESEEN',
        message: nameOf(request),
      },
    )
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the stub has no port')
  useEnvironment({
    UPCLOUD_DEBUG_API_BASE_URL: `http://127.0.0.1:${address.port}`,
    UPCLOUD_TOKEN: 'ucat_test',
  })
  return {
    requests,
    answer: (request, ...queue) => {
      replies.set(request, queue)
    },
    sent: (name) => requests.filter((request) => nameOf(request) === name),
    forget: () => {
      requests.length = 0
    },
    close: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

function nameOf({ method, path }: StubRequest): string {
  return `${method} ${path}`
}

function send(outgoing: ServerResponse, answer: StubAnswer): void {
  if ('silence' in answer) return
  if ('hangUp' in answer) {
    outgoing.destroy()
    return
  }
  if ('done' in answer) {
    outgoing.writeHead(204).end()
    return
  }
  if ('raw' in answer) {
    outgoing.writeHead(answer.status, { 'content-type': 'text/html' }).end(answer.raw)
    return
  }
  if ('body' in answer) {
    outgoing.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(answer.body))
    return
  }
  const { error, status = 400, message = 'the raw text', retryAfter } = answer
  const headers = retryAfter === undefined ? {} : { 'retry-after': String(retryAfter) }
  outgoing
    .writeHead(status, { 'content-type': 'application/json', ...headers })
    .end(JSON.stringify({ error: { error_code: error, error_message: message } }))
}
