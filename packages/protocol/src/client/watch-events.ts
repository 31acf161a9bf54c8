import { type GridEvent, gridEvent } from '../events.ts'
import { MasterError } from './master-error.ts'
import { pause } from './pause.ts'
import type { StreamMessage } from './server-sent-events.ts'

/** What comes of watching events. */
export type EventNews =
  /** The stream is open: all that happens from now on is told. Comes again after each `lost`. */
  | { readonly type: 'live' }
  | { readonly type: 'event'; readonly event: GridEvent }
  /** Some events are no more, and were not told: what was read before has to be read anew. */
  | { readonly type: 'reset' }
  /** The connection is gone, and is opened again after so many milliseconds, where it stopped. */
  | { readonly type: 'lost'; readonly error: MasterError; readonly milliseconds: number }
  /** This master has no such stream: ask it again and again instead. Nothing comes after this. */
  | { readonly type: 'unsupported' }

/**
 * Opens the stream behind an id, or with what happens from now on. Resolves to undefined where the
 * master has no such stream.
 */
export type Connect = (
  after: string | undefined,
  signal: AbortSignal,
) => Promise<AsyncIterable<StreamMessage> | undefined>

/** Milliseconds between connections: doubled from the first to the last, and less by chance. */
const pauses = { first: 500, last: 15_000 }
/** Milliseconds after which a connection that is lost was a good one. */
const goodLife = 10_000

/** Over as many connections as it takes. Rejects with what another connection would not help. */
export async function* watchEvents(
  connect: Connect,
  { after, signal }: { after: number | undefined; signal: AbortSignal },
): AsyncGenerator<EventNews, void> {
  let place = after?.toString()
  let failures = 0
  for (;;) {
    const began = Date.now()
    let problem = new MasterError('unreachable', 'the master has ended the stream of events')
    try {
      for await (const { news, id } of readConnection(connect, place, signal)) {
        // Told before it counts, so that a connection that ends here begins with it again.
        if (news !== undefined) yield news
        if (news?.type === 'unsupported') return
        place = id ?? place
      }
    } catch (error) {
      signal.throwIfAborted()
      problem = passing(error)
    }
    failures = Date.now() - began > goodLife ? 1 : failures + 1
    const longest = Math.min(pauses.last, pauses.first * 2 ** (failures - 1))
    const milliseconds = Math.round(longest * (0.5 + Math.random() / 2))
    yield { type: 'lost', error: problem, milliseconds }
    await pause(milliseconds, signal)
  }
}

/** The last id of the stream, as far as it has been read, and what there is to tell. */
interface Reading {
  readonly news: EventNews | undefined
  readonly id?: string | undefined
}

async function* readConnection(
  connect: Connect,
  after: string | undefined,
  signal: AbortSignal,
): AsyncGenerator<Reading> {
  const connection = new AbortController()
  try {
    const messages = await connect(after, AbortSignal.any([signal, connection.signal]))
    if (messages === undefined) return yield { news: { type: 'unsupported' } }
    let isLive = false
    for await (const message of messages) {
      // Only now: a proxy may hold back what a master says after its headers.
      if (!isLive) yield { news: { type: 'live' } }
      isLive = true
      yield { news: readMessage(message), id: message.id }
    }
  } finally {
    connection.abort()
  }
}

/** Throws what the next connection would meet as well. */
function passing(error: unknown): MasterError {
  if (!(error instanceof MasterError)) throw error
  const isPassing = error.kind === 'unreachable' || isServerTrouble(error.status)
  if (!isPassing) throw error
  return error
}

function isServerTrouble(status = 0): boolean {
  return status >= 500 || status === 429
}

function readMessage({ type, data }: StreamMessage): EventNews | undefined {
  if (type === 'reset') return { type: 'reset' }
  if (data === '') return undefined
  try {
    return { type: 'event', event: gridEvent.parse(JSON.parse(data)) }
  } catch (cause) {
    throw new MasterError('failed', 'an event is not one of a Kontena master', { cause })
  }
}
