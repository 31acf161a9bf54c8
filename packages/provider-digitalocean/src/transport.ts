import { type Call, type RateBudget, readRetryAfter, readText } from '@kontena/core'
import { z } from 'zod'
import { ApiError } from './api-error.ts'
import type { Endpoint } from './endpoint.ts'

/** Milliseconds for one request and its answer. */
const requestTimeout = 30_000
/** Requests of one kind under way at once: far below the 250 a minute that DigitalOcean takes of a token. */
export const requestsAtOnce = 8

export interface ApiRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below the endpoint, as in `/droplets`. */
  readonly path: string
  /** What is undefined is left out. */
  readonly query?: Readonly<Record<string, unknown>>
  readonly body?: unknown
}

export interface TransportOptions {
  readonly endpoint: Endpoint
  readonly token: string
  readonly rate: RateBudget
}

/**
 * Sends one request once and returns the parsed body, undefined for an empty one. Rejects with an
 * {@link ApiError}, with what the rate budget says, or with the signal's reason.
 */
export async function send(
  { endpoint, token, rate }: TransportOptions,
  request: ApiRequest,
  { signal }: Call,
): Promise<unknown> {
  await rate.admit(signal)
  const { status, headers, text } = await exchange(
    `${endpoint.url}${request.path}${queryText(request.query)}`,
    {
      method: request.method,
      headers: {
        authorization: `Bearer ${token}`,
        accept: 'application/json',
        'user-agent': 'kontena',
        ...(request.body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(request.body === undefined ? {} : { body: JSON.stringify(request.body) }),
    },
    signal,
  )
  learnLimits(rate, headers)
  if (status >= 200 && status < 300) return text === '' ? undefined : parseAnswer(text, status)
  throw refusal({ status, headers, text, token })
}

interface Exchanged {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function exchange(url: string, init: RequestInit, signal: AbortSignal): Promise<Exchanged> {
  const timeout = AbortSignal.timeout(requestTimeout)
  try {
    // Another host, to which a redirect may lead, is not to get the token.
    const response = await fetch(url, {
      ...init,
      redirect: 'manual',
      signal: AbortSignal.any([signal, timeout]),
    })
    const { status, headers } = response
    return { status, headers, text: await readText(response) }
  } catch (error) {
    signal.throwIfAborted()
    // Whatever its status says, DigitalOcean has not said it.
    if (error instanceof RangeError) throw new ApiError('the answer has no end', { status: 200 })
    const transport = timeout.aborted ? 'ETIMEDOUT' : transportCode(error)
    throw new ApiError('no answer', { transport })
  }
}

/** Fetch wraps what happened; without a code of its own it is a connection that broke. */
function transportCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  const code = cause instanceof Error && 'code' in cause ? cause.code : undefined
  return typeof code === 'string' ? code : 'ECONNRESET'
}

function queryText(query: ApiRequest['query'] = {}): string {
  const given = new URLSearchParams()
  for (const [key, value] of Object.entries(query)) {
    if (value !== undefined) given.set(key, String(value))
  }
  return given.size === 0 ? '' : `?${given}`
}

function parseAnswer(text: string, status: number): unknown {
  const answer = parseJson(text)
  if (answer === undefined) throw new ApiError('the answer is no JSON', { status })
  return answer
}

const problem = z.object({ id: z.string().catch(''), message: z.string().catch('') })

/** Only a JSON error is DigitalOcean's; what a proxy says in HTML is nobody's business. */
function refusal({ status, headers, text, token }: Exchanged & { token: string }): ApiError {
  const { id = '', message = '' } = problem.safeParse(parseJson(text)).data ?? {}
  const said = message.replaceAll(token, '***').slice(0, 500)
  const retryAfter = readRetryAfter(headers.get('retry-after'))
  return new ApiError(said, { status, id: id.replaceAll(token, '***').slice(0, 100), retryAfter })
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** The reset is the moment at which the oldest request of the last hour stops to count ("Rate Limit"). */
function learnLimits(rate: RateBudget, headers: Headers): void {
  const remaining = readNumber(headers.get('ratelimit-remaining'))
  const reset = readNumber(headers.get('ratelimit-reset'))
  if (remaining === undefined || reset === undefined) return
  rate.learn({ remaining, resetAt: reset * 1_000 })
}

function readNumber(text: string | null): number | undefined {
  return text !== null && /^\d{1,15}$/.test(text) ? Number(text) : undefined
}
