import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import type { CloudUnderTest, HttpAnswer, HttpRequest, RequestKind } from './subject.ts'

/** What becomes of one request instead of passing it on and its answer back. */
export interface Strike {
  /** The cloud gets the request and does what it asks. */
  readonly commits: boolean
  /** What the caller gets; the connection is dropped where absent. */
  readonly answer?: (request: HttpRequest, clouds: CloudAnswer | undefined) => StruckAnswer
  /** Milliseconds for which the caller hears nothing, before anything else happens. */
  readonly delay?: number
  /** Milliseconds for which the caller hears nothing, once the cloud has answered. */
  readonly silence?: number
}

export interface CloudAnswer extends HttpAnswer {
  readonly headers: Readonly<Record<string, string>>
}

/** `cut`: so many bytes are sent, and then the connection is dropped. */
export type StruckAnswer = HttpAnswer & { readonly cut?: number }

export interface SeenRequest {
  readonly kind: RequestKind
  readonly request: HttpRequest
  /** Position among all that the proxy has seen. */
  readonly number: number
  /** As it came from the cloud, once it has. */
  answer: CloudAnswer | undefined
}

/** Stands between a provider and its cloud, on loopback. */
export interface FaultProxy {
  readonly url: string
  readonly seen: SeenRequest[]
  /** Asked of each request; what it gives happens. */
  strike: ((seen: SeenRequest) => Strike | undefined) | undefined
  /** Told after the cloud has done what a request asked, before the caller hears of it. */
  committed: ((seen: SeenRequest) => void) | undefined
  /** Requests that are held back on purpose at this moment. */
  held(): number
  close(): Promise<void>
}

/** Opens a proxy for one cloud. Host headers pass unchanged, since signatures cover them. */
export async function openFaultProxy(
  cloud: Pick<CloudUnderTest, 'endpoint' | 'answer'>,
  read: (request: HttpRequest) => RequestKind,
): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true })
  let held = 0
  const tell = (isHeld: boolean): void => {
    held += isHeld ? 1 : -1
  }
  const ask = async (asked: HttpRequest): Promise<CloudAnswer | undefined> => {
    const answer = cloud.answer
      ? await cloud.answer(asked)
      : await forward(cloud.endpoint, asked, agent)
    return answer && inPlaceOf(cloud.endpoint, proxy.url, answer)
  }
  const server = createServer((incoming, outgoing) => {
    const pass = async (): Promise<void> => {
      const body = await readAll(incoming)
      const { method = 'GET', url: path = '/', headers } = incoming
      const asked: HttpRequest = { method, path, headers, body }
      const number = proxy.seen.length
      const seen: SeenRequest = { kind: read(asked), request: asked, number, answer: undefined }
      proxy.seen.push(seen)
      const strike = proxy.strike?.(seen)
      await hold(strike?.delay, outgoing, tell)
      if (outgoing.destroyed) return
      if (strike === undefined || strike.commits) {
        seen.answer = await ask(asked)
        proxy.committed?.(seen)
        if (seen.answer === undefined) return void outgoing.destroy()
      }
      await hold(strike?.silence, outgoing, tell)
      const answer = strike === undefined ? seen.answer : strike.answer?.(asked, seen.answer)
      send(outgoing, answer)
    }
    pass().catch(() => outgoing.destroy())
  })
  server.keepAliveTimeout = 120_000
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  const proxy: FaultProxy = {
    url: `http://127.0.0.1:${address.port}`,
    seen: [],
    strike: undefined,
    committed: undefined,
    held: () => held,
    close: async () => {
      server.closeAllConnections()
      server.close()
      agent.destroy()
      await once(server, 'close')
    },
  }
  return proxy
}

/** Ends early where the caller hangs up. */
async function hold(
  milliseconds: number | undefined,
  outgoing: ServerResponse,
  tell: (isHeld: boolean) => void,
): Promise<void> {
  if (milliseconds === undefined) return
  tell(true)
  await new Promise<void>((resolve) => {
    const timer = setTimeout(resolve, milliseconds)
    outgoing.once('close', () => {
      clearTimeout(timer)
      resolve()
    })
  })
  tell(false)
}

async function forward(endpoint: string, asked: HttpRequest, agent: Agent): Promise<HttpAnswer> {
  const { method, path, body } = asked
  const { origin } = new URL(endpoint)
  const headers: Record<string, string | string[] | undefined> = {}
  for (const [name, value] of Object.entries(asked.headers)) headers[name] = many(value)
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    request(origin, { method, path, headers, agent }, resolve).on('error', reject).end(body)
  })
  const text = (await readAll(reply)).toString('utf8')
  return { status: reply.statusCode ?? 502, headers: plain(reply.headers), body: text }
}

/** The answer with the proxy's own URL wherever the cloud names itself. */
function inPlaceOf(endpoint: string, own: string, answer: HttpAnswer): CloudAnswer {
  const { origin } = new URL(endpoint)
  const change = (text: string): string => text.replaceAll(origin, own)
  const headers = Object.entries(answer.headers ?? {}).map(([name, value]) => [name, change(value)])
  return {
    status: answer.status,
    headers: Object.fromEntries(headers),
    body: change(answer.body),
  }
}

function many(value: string | readonly string[] | undefined): string | string[] | undefined {
  return typeof value === 'string' || value === undefined ? value : [...value]
}

const ofOneConnection = new Set([
  'connection',
  'keep-alive',
  'transfer-encoding',
  'content-length',
  'date',
])

function plain(headers: IncomingHttpHeaders): Record<string, string> {
  const kept: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value === undefined || ofOneConnection.has(name)) continue
    kept[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return kept
}

function send(outgoing: ServerResponse, answer: StruckAnswer | undefined): void {
  if (outgoing.destroyed) return
  if (answer === undefined) {
    outgoing.destroy()
    return
  }
  const body = Buffer.from(answer.body)
  // The time is the fact's own: clients set their clocks by it.
  outgoing.setHeader('date', new Date().toUTCString())
  if (answer.status !== 204) outgoing.setHeader('content-length', body.length)
  outgoing.writeHead(answer.status, answer.headers)
  if (answer.cut === undefined) {
    outgoing.end(body)
    return
  }
  outgoing.write(body.subarray(0, answer.cut), () => outgoing.destroy())
}

/** Listens, as iterating costs several times as much, and thousands of bodies pass here. */
function readAll(stream: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const parts: Buffer[] = []
    stream.on('data', (part: Buffer) => parts.push(part))
    stream.on('end', () => resolve(Buffer.concat(parts)))
    stream.on('error', reject)
    stream.on('close', () => {
      if (!stream.complete) reject(new Error('the connection broke'))
    })
  })
}
