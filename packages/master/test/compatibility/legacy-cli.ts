import { type IncomingMessage, request } from 'node:http'
import { z } from 'zod'

/** What the CLI of 1.5 raises where the master does not answer as it expects. */
export class LegacyError extends Error {
  static {
    LegacyError.prototype.name = 'LegacyError'
  }
  readonly status: number
  readonly body: unknown

  constructor(status: number, body: unknown) {
    super(`answered with ${status}: ${JSON.stringify(body)}`)
    this.status = status
    this.body = body
  }
}

export interface LegacyCall {
  readonly query?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Without the access token. */
  readonly guest?: boolean
}

/**
 * Sends what the CLI of Kontena 1.5 sends: its headers and no others, JSON unless a form is asked for, no
 * type where there is no body, paths as they are. What it reads is a hash, or an error.
 */
export interface LegacyCli {
  get(path: string, call?: LegacyCall): Promise<Record<string, unknown>>
  post(path: string, body: object, call?: LegacyCall): Promise<Record<string, unknown>>
  put(path: string, body: object, call?: LegacyCall): Promise<Record<string, unknown>>
  patch(path: string, body: object, call?: LegacyCall): Promise<Record<string, unknown>>
  delete(path: string, body?: object, call?: LegacyCall): Promise<Record<string, unknown>>
  /** Uses the token of this answer from now on. */
  remember(token: Record<string, unknown>): void
  /** Of the last answer. */
  readonly last: { readonly status: number; readonly headers: IncomingMessage['headers'] }
}

export const form = { 'Content-Type': 'application/x-www-form-urlencoded' }
const expected = [200, 201, 204]
const hash = z.record(z.string(), z.unknown())

export function legacyCli(url: string, token?: string): LegacyCli {
  let access = token
  let last: LegacyCli['last'] = { status: 0, headers: {} }

  async function call(method: string, path: string, body: object | undefined, options: LegacyCall) {
    const headers: Record<string, string> = {
      Accept: 'application/json',
      'Content-Type': 'application/json',
      'Accept-Encoding': 'gzip',
      'User-Agent': 'kontena-cli/1.5.4',
      ...(access === undefined || options.guest ? {} : { Authorization: `Bearer ${access}` }),
      ...options.headers,
    }
    const text = body === undefined ? '' : encode(body, headers)
    if (body === undefined) delete headers['Content-Type']
    else headers['Content-Length'] = String(Buffer.byteLength(text))
    const query = new URLSearchParams(options.query).toString()
    const prefixed = path.startsWith('/') ? path : `/v1/${path}`
    const target = { url, path: `${prefixed}${query === '' ? '' : `?${query}`}` }
    const answer = await exchange(target, { method, headers, text })
    last = answer
    if (!expected.includes(answer.status)) throw new LegacyError(answer.status, answer.body)
    return hash.parse(answer.body)
  }

  return {
    get: (path, options = {}) => call('GET', path, undefined, options),
    post: (path, body, options = {}) => call('POST', path, body, options),
    put: (path, body, options = {}) => call('PUT', path, body, options),
    patch: (path, body, options = {}) => call('PATCH', path, body, options),
    delete: (path, body, options = {}) => call('DELETE', path, body, options),
    remember: (answer) => {
      access = z.string().parse(answer.access_token)
    },
    get last() {
      return last
    },
  }
}

function encode(body: object, headers: Readonly<Record<string, string>>): string {
  if (headers['Content-Type'] !== form['Content-Type']) return JSON.stringify(body)
  return new URLSearchParams(Object.entries(body)).toString()
}

/** As an HTTP library writes it: the path is not touched. */
async function exchange(
  { url, path }: { url: string; path: string },
  { method, headers, text }: { method: string; headers: Record<string, string>; text: string },
) {
  const { hostname, port } = new URL(url)
  const reply = await new Promise<IncomingMessage>((resolve, reject) => {
    request({ hostname, port, path, method, headers, agent: false }, resolve)
      .once('error', reject)
      .end(text)
  })
  const chunks = await reply.toArray()
  const body = Buffer.concat(chunks).toString()
  const isJson = /application\/(.+?\+)?json/.test(reply.headers['content-type'] ?? '')
  return {
    status: reply.statusCode ?? 0,
    headers: reply.headers,
    body: isJson ? parse(body) : body,
  }
}

function parse(text: string): unknown {
  return text === '' ? {} : JSON.parse(text)
}
