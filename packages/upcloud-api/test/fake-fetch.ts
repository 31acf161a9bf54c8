/** A request as it would have gone over the wire. */
export interface SentRequest {
  readonly method: string
  /** Path and query, still encoded. */
  readonly path: string
  readonly headers: Headers
  readonly body: unknown
}

export interface FakeAnswer {
  readonly status?: number
  /** JSON where it is no string. */
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
}

export interface FakeFetch {
  readonly fetch: typeof globalThis.fetch
  readonly sent: readonly SentRequest[]
}

/** A `fetch` that answers by itself, in order or by what it is asked. */
export function fakeFetch(
  reply: readonly FakeAnswer[] | ((request: SentRequest) => FakeAnswer | Promise<FakeAnswer>),
): FakeFetch {
  const sent: SentRequest[] = []
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const { pathname, search } = new URL(String(input))
    const request = {
      method: init?.method ?? 'GET',
      path: `${pathname}${search}`,
      headers: new Headers(init?.headers),
      body: typeof init?.body === 'string' ? JSON.parse(init.body) : undefined,
    }
    sent.push(request)
    const answer = typeof reply === 'function' ? await reply(request) : reply[sent.length - 1]
    const { status = 200, body, headers } = answer ?? { status: 500 }
    const isEmpty = body === undefined || status === 204
    const text = typeof body === 'string' ? body : JSON.stringify(body)
    return new Response(isEmpty ? null : text, { status, headers: { ...headers } })
  }
  return { fetch, sent }
}
