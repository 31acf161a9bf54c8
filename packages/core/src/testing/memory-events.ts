import { type EventNews, type EventType, type MasterClient, MasterError } from '@kontena/protocol'
import { sleep } from '../wait.ts'

/** The events of a master in memory, as its stream tells them. */
export interface MemoryEvents {
  /** Whether there is such a stream; a master of 1.5 has none. */
  isThere: boolean
  /** Something has happened to a node. */
  tell(type: EventType, name: string): void
  /** Cuts all streams, whose readers come back by themselves. */
  hangUp(): void
  readonly watch: MasterClient['watchEvents']
}

/** Milliseconds until a reader whose stream was cut comes back. */
const comesBackIn = 1_000

/** @param connect rejects where the master does not answer just now */
export function openMemoryEvents(
  grid: string,
  connect: (signal: AbortSignal) => Promise<void>,
): MemoryEvents {
  const streams = new Set<Stream>()
  let lastId = 0
  const events: MemoryEvents = {
    isThere: true,
    tell: (type, name) => {
      lastId += 1
      for (const stream of streams) stream.push(newEvent(lastId, type, { grid, name }))
    },
    hangUp: () => {
      for (const stream of streams) stream.end()
    },
    watch: async function* (_grid, { signal }): AsyncGenerator<EventNews, void> {
      if (!events.isThere) return yield { type: 'unsupported' }
      for (;;) {
        let error = new MasterError('unreachable', 'the stream was cut')
        const stream = openStream(signal)
        try {
          await connect(signal)
          streams.add(stream)
          yield { type: 'live' }
          yield* stream.told()
        } catch (problem) {
          if (!(problem instanceof MasterError)) throw problem
          error = problem
        } finally {
          streams.delete(stream)
        }
        yield { type: 'lost', error, milliseconds: comesBackIn }
        await sleep(comesBackIn, signal)
      }
    },
  }
  return events
}

function newEvent(
  id: number,
  type: EventType,
  { grid, name }: { grid: string; name: string },
): EventNews {
  const relationships = [{ id: `${grid}/${name}`, type: 'node' }]
  const created_at = new Date().toISOString()
  const message = `${type} ${name}`
  return {
    type: 'event',
    event: { id, created_at, severity: 1, type, message, meta: {}, relationships },
  }
}

interface Stream {
  push(news: EventNews): void
  end(): void
  told(): AsyncGenerator<EventNews>
}

function openStream(signal: AbortSignal): Stream {
  const waiting: EventNews[] = []
  let isOver = false
  let wake = (): void => {}
  signal.addEventListener('abort', () => wake(), { once: true })
  return {
    push: (news) => {
      waiting.push(news)
      wake()
    },
    end: () => {
      isOver = true
      wake()
    },
    told: async function* () {
      while (!isOver) {
        signal.throwIfAborted()
        const next = waiting.shift()
        if (next !== undefined) yield next
        else await new Promise<void>((resolve) => (wake = resolve))
      }
    },
  }
}
