import { z } from 'zod'
import * as rest from './rest.ts'

/** Why a request to the master failed. `unreachable` means that no answer came. */
export type MasterErrorKind =
  | 'unreachable'
  | 'untrusted'
  | 'unauthorized'
  | 'forbidden'
  | 'not-found'
  | 'conflict'
  | 'invalid'
  | 'failed'

/** A request that the master refused, or never answered. The message never holds a token. */
export class MasterError extends Error {
  static {
    MasterError.prototype.name = 'MasterError'
  }
  readonly kind: MasterErrorKind
  /** HTTP status, or undefined where no answer came. */
  readonly status: number | undefined
  /** Messages by field, from a validation error. */
  readonly fields: Readonly<Record<string, string>>

  constructor(
    kind: MasterErrorKind,
    message: string,
    details: ErrorOptions & { status?: number; fields?: Record<string, string> } = {},
  ) {
    super(message, details)
    this.kind = kind
    this.status = details.status
    this.fields = details.fields ?? {}
  }
}

export interface MasterClientOptions {
  url: string
  token?: string
  /** PEM of the only certificate authority to trust; the system's roots where absent. */
  ca?: string
  /** Version for the User-Agent and Kontena-Client headers. */
  version: string
  /** Milliseconds until a request without an answer fails. */
  timeout?: number
}

interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'DELETE'
  body?: unknown
  signal?: AbortSignal | undefined
}

/** The master's REST API. Every method rejects with {@link MasterError}, or as the signal says. */
export type MasterClient = ReturnType<typeof openMasterClient>

export function openMasterClient(options: MasterClientOptions) {
  const call = requester(options)
  const gridPath = (grid: string): string => `/v1/grids/${encodeURIComponent(grid)}`
  const nodePath = (grid: string, name: string): string =>
    `/v1/nodes/${encodeURIComponent(grid)}/${encodeURIComponent(name)}`

  return {
    url: options.url,
    ca: options.ca,
    info: (signal?: AbortSignal) => call('/', rest.masterInfo, { signal }),
    /** Exchanges a one-time code for an access token. */
    login: (code: string, signal?: AbortSignal) =>
      call('/oauth2/token', rest.accessToken, {
        method: 'POST',
        body: { grant_type: 'authorization_code', code },
        signal,
      }),
    user: (signal?: AbortSignal) => call('/v1/user', rest.user, { signal }),
    grids: async (signal?: AbortSignal) =>
      (await call('/v1/grids', z.object({ grids: z.array(rest.grid) }), { signal })).grids,
    grid: (name: string, signal?: AbortSignal) => call(gridPath(name), rest.grid, { signal }),
    createGrid: (body: rest.GridCreate, signal?: AbortSignal) =>
      call('/v1/grids', rest.grid, { method: 'POST', body, signal }),
    removeGrid: (name: string, signal?: AbortSignal) =>
      call(gridPath(name), z.unknown(), { method: 'DELETE', signal }),
    nodes: async (grid: string, signal?: AbortSignal) =>
      (await call(`${gridPath(grid)}/nodes`, z.object({ nodes: z.array(rest.node) }), { signal }))
        .nodes,
    node: (grid: string, name: string, signal?: AbortSignal) =>
      call(nodePath(grid, name), rest.node, { signal }),
    createNode: (grid: string, body: rest.NodeCreate, signal?: AbortSignal) =>
      call(`${gridPath(grid)}/nodes`, rest.node, { method: 'POST', body, signal }),
    updateNode: (grid: string, name: string, body: rest.NodeUpdate, signal?: AbortSignal) =>
      call(nodePath(grid, name), rest.node, { method: 'PUT', body, signal }),
    removeNode: (grid: string, name: string, signal?: AbortSignal) =>
      call(nodePath(grid, name), z.unknown(), { method: 'DELETE', signal }),
    nodeToken: (grid: string, name: string, signal?: AbortSignal) =>
      call(`${nodePath(grid, name)}/token`, rest.nodeToken, { signal }),
    setNodeToken: (grid: string, name: string, body: rest.NodeTokenChange, signal?: AbortSignal) =>
      call(`${nodePath(grid, name)}/token`, rest.nodeToken, { method: 'PUT', body, signal }),
    /** The node reverts to the token of its grid. */
    clearNodeToken: (
      grid: string,
      name: string,
      body: Pick<rest.NodeTokenChange, 'reset_connection'>,
      signal?: AbortSignal,
    ) => call(`${nodePath(grid, name)}/token`, z.unknown(), { method: 'DELETE', body, signal }),
    createEnrolment: (grid: string, body: rest.EnrolmentCreate, signal?: AbortSignal) =>
      call(`${gridPath(grid)}/enrolments`, rest.enrolment, { method: 'POST', body, signal }),
    /** Kills an order's secret. An order the master does not know is no error. */
    endEnrolment: (grid: string, order: string, signal?: AbortSignal) =>
      call(`${gridPath(grid)}/enrolments/${encodeURIComponent(order)}`, z.unknown(), {
        method: 'DELETE',
        signal,
      }),
  }
}

function requester(options: MasterClientOptions) {
  const headers = {
    accept: 'application/json',
    'content-type': 'application/json',
    'user-agent': `kontena-cli/${options.version}`,
    'kontena-client': options.version,
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
  }
  const send = memoize(() => fetchTrusting(options.ca))

  return async <T>(path: string, schema: z.ZodType<T>, request: RequestOptions): Promise<T> => {
    const { method = 'GET', body, signal } = request
    const limit = AbortSignal.timeout(options.timeout ?? 30_000)
    const where = `${method} ${path}`
    let status: number
    let text: string
    try {
      const fetch = await send()
      const reply = await fetch(new URL(path, options.url).href, {
        method,
        headers,
        // What goes along is secret, and a redirect may lead to anybody.
        redirect: 'manual',
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
      })
      status = reply.status
      text = await reply.text()
    } catch (error) {
      signal?.throwIfAborted()
      throw unanswered(options.url, error)
    }
    if (status >= 300 && status < 400) {
      const message = `the master at ${options.url} sends requests elsewhere: give its own address`
      throw new MasterError('failed', message, { status })
    }
    const json = parseJson(text)
    if (status >= 400) throw refusal(where, status, json)
    const parsed = schema.safeParse(json)
    if (parsed.success) return parsed.data
    throw new MasterError('failed', `${where}: the answer is not one of a Kontena master`, {
      status,
      cause: parsed.error,
    })
  }
}

type Fetch = (
  url: string,
  init: {
    method: string
    headers: Record<string, string>
    redirect: 'manual'
    signal: AbortSignal
    body?: string
  },
) => Promise<{ status: number; text(): Promise<string> }>

/** The built-in fetch cannot be told whom to trust, so a pinned authority brings undici's own. */
async function fetchTrusting(ca: string | undefined): Promise<Fetch> {
  if (ca === undefined) return fetch
  const undici = await import('undici')
  const dispatcher = new undici.Agent({ connect: { ca } })
  return (url, init) => undici.fetch(url, { ...init, dispatcher })
}

function memoize<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

function parseJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}

const untrustedCodes = new Set([
  'DEPTH_ZERO_SELF_SIGNED_CERT',
  'SELF_SIGNED_CERT_IN_CHAIN',
  'UNABLE_TO_VERIFY_LEAF_SIGNATURE',
  'UNABLE_TO_GET_ISSUER_CERT_LOCALLY',
  'CERT_HAS_EXPIRED',
  'CERT_NOT_YET_VALID',
  'CERT_SIGNATURE_FAILURE',
  'ERR_TLS_CERT_ALTNAME_INVALID',
])

function unanswered(url: string, error: unknown): MasterError {
  const cause = error instanceof Error && error.cause instanceof Error ? error.cause : error
  const code = cause instanceof Error && 'code' in cause ? String(cause.code) : undefined
  const reason =
    error instanceof Error && error.name === 'TimeoutError'
      ? 'no answer in time'
      : (code ?? (cause instanceof Error ? cause.message : String(cause)))
  const kind = code !== undefined && untrustedCodes.has(code) ? 'untrusted' : 'unreachable'
  return new MasterError(kind, `the master at ${url} cannot be reached: ${reason}`, {
    cause: error,
  })
}

const errorBody = z.object({
  error: z.union([z.string(), z.record(z.string(), z.unknown())]).optional(),
  error_description: z.string().nullish(),
  message: z.string().optional(),
})

function refusal(where: string, status: number, json: unknown): MasterError {
  const body = errorBody.safeParse(json).data ?? {}
  const fields: Record<string, string> = {}
  if (typeof body.error === 'object') {
    for (const [field, message] of Object.entries(body.error)) {
      fields[field] = typeof message === 'string' ? message : JSON.stringify(message)
    }
  }
  const detail =
    body.error_description ??
    (typeof body.error === 'string' ? body.error : undefined) ??
    (Object.values(fields).join('; ') || undefined) ??
    body.message ??
    'no reason given'
  return new MasterError(kindOf(status, body.error), `${where}: ${status}: ${detail}`, {
    status,
    fields,
  })
}

function kindOf(status: number, error: unknown): MasterErrorKind {
  if (status === 401 || (status === 403 && error === 'invalid_token')) return 'unauthorized'
  if (status === 403) return 'forbidden'
  if (status === 404) return 'not-found'
  if (status === 409) return 'conflict'
  if (status === 400 || status === 422) return 'invalid'
  return 'failed'
}
