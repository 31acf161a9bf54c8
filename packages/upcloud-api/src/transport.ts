import { z } from 'zod'
import { type Authorization, coverSecrets } from './authorization.ts'
import { UpcloudError } from './errors.ts'
import { parseJson, readRefusal } from './problem.ts'
import { readText } from './read-text.ts'

/** What every method of the client takes last. */
export interface CallOptions {
  /** Cuts the call off; it then rejects with the signal's reason. */
  readonly signal?: AbortSignal | undefined
}

export interface RequestInfo {
  readonly method: string
  /** With its query, as in `/1.3/server/?label=env%3Dprod`. */
  readonly path: string
  readonly signal: AbortSignal | undefined
}

export interface AnswerInfo extends RequestInfo {
  readonly status: number
  readonly headers: Headers
  readonly milliseconds: number
}

/** For callers that meter or log. Neither sees credentials or bodies. */
export interface Hooks {
  /** Awaited before each request; one that rejects keeps the request from being sent. */
  readonly onRequest?: ((request: RequestInfo) => void | Promise<void>) | undefined
  readonly onAnswer?: ((answer: AnswerInfo) => void) | undefined
}

export interface TransportOptions extends Hooks {
  /** Scheme and host, without `/1.3`. */
  readonly baseUrl: string
  readonly authorization: Authorization
  readonly fetch: typeof globalThis.fetch
  readonly userAgent: string
  /** Milliseconds until an answer must be there as a whole. */
  readonly timeout: number
}

export interface Question extends CallOptions {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** Below `/1.3`, its variable segments encoded. */
  readonly path: string
  readonly query?: readonly (readonly [string, string])[]
  readonly body?: unknown
}

export interface Transport {
  /** The answer's body through a schema; rejects with an {@link UpcloudError}. */
  ask<Schema extends z.ZodType>(question: Question, schema: Schema): Promise<z.output<Schema>>
  /** For requests whose answer says nothing. */
  tell(question: Question): Promise<void>
}

export function openTransport(options: TransportOptions): Transport {
  const base = options.baseUrl.replace(/\/+$/, '')

  async function send(question: Question): Promise<string> {
    const path = `/1.3${question.path}${encodeQuery(question.query ?? [])}`
    const request = { method: question.method, path, signal: question.signal }
    await options.onRequest?.(request)
    question.signal?.throwIfAborted()
    const started = performance.now()
    const { status, headers, text } = await exchange(`${base}${path}`, question, options)
    const milliseconds = performance.now() - started
    options.onAnswer?.({ ...request, status, headers, milliseconds })
    if (status >= 200 && status < 300) return text
    const { secrets } = options.authorization
    const safe = coverSecrets(text, secrets)
    throw readRefusal({ status, headers, text: safe, request: `${question.method} ${path}` })
  }

  return {
    async ask(question, schema) {
      const text = await send(question)
      const parsed = schema.safeParse(parseJson(text))
      if (parsed.success) return parsed.data
      const where = parsed.error.issues[0]?.path.map(String).join('.') ?? ''
      throw new UpcloudError(
        `the answer to ${question.method} ${question.path} is not what the API documents${where === '' ? '' : ` at ${where}`}`,
        { kind: 'unreadable' },
      )
    },
    async tell(question) {
      const text = await send(question)
      // A page of something in between is no word of the API's that it was done.
      if (text === '' || parseJson(text) !== undefined) return
      throw new UpcloudError(
        `the answer to ${question.method} ${question.path} is not what the API documents`,
        { kind: 'unreadable' },
      )
    },
  }
}

interface Answer {
  readonly status: number
  readonly headers: Headers
  readonly text: string
}

async function exchange(
  url: string,
  { method, body, signal }: Question,
  { authorization, fetch, userAgent, timeout }: TransportOptions,
): Promise<Answer> {
  const deadline = new AbortController()
  const timer = setTimeout(() => deadline.abort(), timeout)
  try {
    const response = await fetch(url, {
      method,
      headers: {
        accept: 'application/json',
        'content-type': 'application/json',
        authorization: authorization.header,
        'user-agent': userAgent,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
      // A POST would be followed as a GET.
      redirect: 'manual',
      signal: signal === undefined ? deadline.signal : AbortSignal.any([signal, deadline.signal]),
    })
    const { status, headers } = response
    return { status, headers, text: await readText(response) }
  } catch (error) {
    if (signal?.aborted) throw signal.reason
    if (error instanceof RangeError) {
      throw new UpcloudError(`the answer to ${method} ${url} has no end`, { kind: 'unreadable' })
    }
    if (deadline.signal.aborted) {
      throw new UpcloudError(`no answer to ${method} ${url} within ${timeout} ms`, {
        kind: 'timeout',
        cause: error,
      })
    }
    const code = networkCode(error)
    throw new UpcloudError(`no answer to ${method} ${url}${code === '' ? '' : ` (${code})`}`, {
      kind: 'network',
      code,
      cause: error,
    })
  } finally {
    clearTimeout(timer)
  }
}

const withCode = z.object({ code: z.string() })

/** fetch hides what happened in the cause of its `TypeError`. */
function networkCode(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined
  return withCode.safeParse(cause).data?.code ?? withCode.safeParse(error).data?.code ?? ''
}

function encodeQuery(query: readonly (readonly [string, string])[]): string {
  if (query.length === 0) return ''
  return `?${query.map((pair) => pair.map(encodeURIComponent).join('=')).join('&')}`
}
