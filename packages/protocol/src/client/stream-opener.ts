import { type Fetch, fetchTrusting } from './fetch-trusting.ts'
import { unanswered } from './master-error.ts'
import { clientHeaders, type MasterClientOptions, parseJson, refuseFailure } from './requester.ts'

export interface StreamRequest {
  /** The media type to ask for. */
  readonly accept: string
  readonly headers?: Readonly<Record<string, string>>
  /** Milliseconds without a byte, after which the connection counts as lost. */
  readonly silence: number
  readonly signal: AbortSignal
}

/** To be ended by the signal of its request once it is done with, read or not. */
export interface StreamReply {
  /** Media type of what comes. */
  readonly type: string
  /** Ends where the master ends it. Rejects with `MasterError`, or as the signal says. */
  readonly chunks: AsyncGenerator<Uint8Array>
}

/** Asks for an answer without end. Rejects with `MasterError`, or as the signal says. */
export type OpenStream = (path: string, request: StreamRequest) => Promise<StreamReply>

export function streamOpener(options: MasterClientOptions): OpenStream {
  let trusting: Promise<Fetch> | undefined

  return async (path, { accept, headers, silence, signal }) => {
    const watch = watchSilence(options.timeout ?? 30_000)
    signal.addEventListener('abort', watch.stop, { once: true })
    try {
      trusting ??= fetchTrusting(options.ca)
      const fetch = await trusting
      const reply = await fetch(new URL(path, options.url).href, {
        method: 'GET',
        headers: { ...clientHeaders(options), ...headers, accept },
        redirect: 'manual',
        signal: AbortSignal.any([signal, watch.signal]),
      })
      if (reply.status !== 200 || reply.body === null) {
        const answer = { status: reply.status, json: parseJson(await reply.text()) }
        refuseFailure(`GET ${path}`, answer, options)
      }
      const type = reply.headers.get('content-type')?.split(';')[0]?.trim() ?? ''
      watch.allow(silence)
      return { type, chunks: chunksOf(reply.body ?? none(), watch) }
    } catch (error) {
      watch.stop()
      throw explained(error)
    }

    /** Takes the bytes off the connection, and the connection down once nobody wants more. */
    async function* chunksOf(
      body: AsyncIterable<Uint8Array>,
      alive: SilenceWatch,
    ): AsyncGenerator<Uint8Array> {
      try {
        for await (const chunk of body) {
          alive.allow(silence)
          yield chunk
        }
      } catch (error) {
        throw explained(error)
      } finally {
        alive.stop()
      }
    }

    function explained(error: unknown): unknown {
      signal.throwIfAborted()
      const isOurs = error instanceof Error && error.name === 'MasterError'
      return isOurs ? error : unanswered(options.url, error)
    }
  }
}

async function* none(): AsyncGenerator<Uint8Array> {}

interface SilenceWatch {
  /** Aborted when the time that was allowed has passed. */
  readonly signal: AbortSignal
  /** So many milliseconds from now on. */
  allow(milliseconds: number): void
  stop(): void
}

/** A connection that was cut without a word looks like one on which nothing happens. */
function watchSilence(milliseconds: number): SilenceWatch {
  const control = new AbortController()
  let timer: NodeJS.Timeout | undefined
  const stop = (): void => clearTimeout(timer)
  const allow = (time: number): void => {
    stop()
    timer = setTimeout(() => {
      control.abort(new DOMException('nothing came for too long', 'TimeoutError'))
    }, time)
  }
  allow(milliseconds)
  return { signal: control.signal, allow, stop }
}
