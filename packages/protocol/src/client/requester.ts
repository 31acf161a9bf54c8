import type { z } from 'zod'
import { fetchTrusting } from './fetch-trusting.ts'
import { MasterError, refusal, unanswered } from './master-error.ts'

export interface MasterClientOptions {
  url: string
  readonly token?: string | undefined
  /**
   * Gets another token where the master says that this one is too old, or undefined. The request that was
   * refused is made again with it.
   */
  renewToken?: (refused: string) => Promise<string | undefined>
  /** PEM of the only certificate authority to trust; the system's roots where absent. */
  ca?: string
  /** Version for the User-Agent and Kontena-Client headers. */
  version: string
  /** Told with each answer of which version the master says that it is. */
  onVersion?: (version: string) => void
  /** Milliseconds until a request without an answer fails. */
  timeout?: number
}

export interface RequestOptions {
  method?: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  body?: unknown
  signal?: AbortSignal | undefined
}

/** Sends one request and reads its answer. Rejects with {@link MasterError}, or as the signal says. */
export type Call = <T>(path: string, schema: z.ZodType<T>, request: RequestOptions) => Promise<T>

export function requester(options: MasterClientOptions): Call {
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
        headers: {
          ...clientHeaders(options),
          accept: 'application/json',
          'content-type': 'application/json',
        },
        // What goes along is secret, and a redirect may lead to anybody.
        redirect: 'manual',
        signal: signal === undefined ? limit : AbortSignal.any([signal, limit]),
        ...(method === 'GET' ? {} : { body: JSON.stringify(body ?? {}) }),
      })
      const masters = reply.headers.get('x-kontena-version')
      if (masters !== null) options.onVersion?.(masters)
      status = reply.status
      text = await reply.text()
    } catch (error) {
      signal?.throwIfAborted()
      throw unanswered(options.url, error)
    }
    const json = parseJson(text)
    refuseFailure(where, { status, json }, options)
    const parsed = schema.safeParse(json)
    if (parsed.success) return parsed.data
    throw new MasterError('failed', `${where}: the answer is not one of a Kontena master`, {
      status,
      cause: parsed.error,
    })
  }
}

/** Who asks, on whose behalf. */
export function clientHeaders(options: MasterClientOptions): Record<string, string> {
  return {
    'user-agent': `kontena-cli/${options.version}`,
    'kontena-client': options.version,
    ...(options.token === undefined ? {} : { authorization: `Bearer ${options.token}` }),
  }
}

/** Throws what an answer says that is none of success. */
export function refuseFailure(
  where: string,
  { status, json }: { status: number; json: unknown },
  { url }: MasterClientOptions,
): void {
  if (status >= 300 && status < 400) {
    const message = `the master at ${url} sends requests elsewhere: give its own address`
    throw new MasterError('failed', message, { status })
  }
  if (status >= 400) throw refusal(where, status, json)
}

function memoize<T>(make: () => T): () => T {
  let made: { value: T } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}

export function parseJson(text: string): unknown {
  try {
    return text === '' ? {} : JSON.parse(text)
  } catch {
    return undefined
  }
}
