import { once } from 'node:events'
import {
  Agent,
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  request,
  type ServerResponse,
} from 'node:http'
import type { HttpAnswer, HttpRequest, RequestKind } from './subject.ts'

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
  target: string,
  read: (request: HttpRequest) => RequestKind,
): Promise<FaultProxy> {
  const agent = new Agent({ keepAlive: true })
  let held = 0
  const tell = (isHeld: boolean): void => {
    held += isHeld ? 1 : -1
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
        seen.answer = await forward({ target, own: proxy.url, agent }, asked)
        proxy.committed?.(seen)
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

interface Way {
  readonly target: string
  /** The proxy's own URL, which takes the cloud's place wherever an answer names it. */
  readonly own: string
  readonly agent: Agent
}

async function forward({ target, own, agent }: Way, asked: HttpRequest): Promise<CloudAnswer> {
  const { method, path, body } = asked
  const headers = Object.fromEntries(
    Object.entries(asked.headers).map(([name, value]) => [name, many(value)]),
  )
  const sent = request(new URL(target).origin, { method, path, headers, agent })
  const answered = once(sent, 'response')
  sent.end(body)
  const reply: IncomingMessage = (await answered)[0]
  const origin = new URL(target).origin
  const text = (await readAll(reply)).toString('utf8').replaceAll(origin, own)
  return {
    status: reply.statusCode ?? 502,
    headers: Object.fromEntries(
      Object.entries(plain(reply.headers)).map(([name, value]) => [
        name,
        value.replaceAll(origin, own),
      ]),
    ),
    body: text,
  }
}

function many(value: string | readonly string[] | undefined): string | string[] | undefined {
  return typeof value === 'string' || value === undefined ? value : [...value]
}

/** Those that belong to one connection stay out. */
function plain(headers: IncomingHttpHeaders): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers).flatMap(([name, value]) =>
      value === undefined ||
      /^(connection|keep-alive|transfer-encoding|content-length|date)$/.test(name)
        ? []
        : [[name, [value].flat().join(', ')]],
    ),
  )
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

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const parts: Buffer[] = []
  for await (const part of stream) parts.push(Buffer.from(part))
  return Buffer.concat(parts)
}
