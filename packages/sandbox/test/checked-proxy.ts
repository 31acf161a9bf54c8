import {
  createServer,
  type IncomingHttpHeaders,
  type ServerResponse,
  request as send,
} from 'node:http'
import { onTestFinished } from 'vitest'
import type { Sandbox } from '../src/index.ts'

/** One call and its answer, as they went over the wire. */
export interface Exchange {
  readonly method: string
  readonly url: URL
  /** Parsed; undefined where there is none. */
  readonly request: unknown
  readonly status: number
  readonly headers: IncomingHttpHeaders
  readonly text: string
}

/** Status of an answer that says what is untrue about the exchange, so that the test fails. */
const untrue = 599

/**
 * Stands between a client and the sandbox and holds every exchange against the vendor's description.
 * Resolves to its own URL, to be used in place of the sandbox's.
 */
export async function openCheckedProxy(
  sandbox: Sandbox,
  problemsOf: (exchange: Exchange) => readonly string[],
): Promise<string> {
  const server = createServer(async (request, response) => {
    const body = Buffer.concat(await request.toArray())
    const url = new URL(request.url ?? '/', sandbox.url)
    const { method = 'GET', headers } = request
    const upstream = send(url, { method, headers })
    upstream.on('error', () => request.socket.destroy())
    upstream.on('response', async (answer) => {
      const text = Buffer.concat(await answer.toArray()).toString('utf8')
      const status = answer.statusCode ?? 0
      const exchange = { method, url, request: parse(body.toString('utf8')), status, text }
      const problems = problemsOf({ ...exchange, headers: answer.headers })
      if (problems.length > 0) return refuse(response, `${method} ${url.pathname}`, problems)
      response.writeHead(status, answer.headers).end(text)
    })
    upstream.end(body)
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  onTestFinished(() => {
    server.closeAllConnections()
    server.close()
  })
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('the proxy has no port')
  return `http://127.0.0.1:${address.port}`
}

function refuse(response: ServerResponse, call: string, problems: readonly string[]): void {
  const message = `${call} is untrue:\n${problems.join('\n')}`
  response.writeHead(untrue, { 'content-type': 'application/json' })
  response.end(JSON.stringify({ id: 'untrue', message }))
}

function parse(text: string): unknown {
  return text === '' ? undefined : JSON.parse(text)
}
