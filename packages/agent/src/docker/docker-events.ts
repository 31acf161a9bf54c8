import { passes } from '../repeat.ts'
import { followDocker } from './docker-socket.ts'

export interface WatchOptions {
  readonly socket: string
  /** Milliseconds until a Docker that is gone is looked for again. */
  readonly again: number
  readonly onChange: () => void
  readonly signal: AbortSignal
}

/** "Monitor events" of the Engine API: what changes how many containers run. */
const filters = { type: ['container'], event: ['start', 'die'] }
const path = `/events?filters=${encodeURIComponent(JSON.stringify(filters))}`

/**
 * Tells when containers start and end, until the signal; also when Docker goes, and when it is back, as
 * nobody knows what happened in between. What happened is not read: the list says what is. Never rejects.
 */
export async function watchDocker(options: WatchOptions): Promise<void> {
  const { socket, again, onChange, signal } = options
  let wasThere: boolean | undefined
  do {
    try {
      const events = await followDocker(socket, path, signal)
      if (wasThere === false) onChange()
      wasThere = true
      for await (const _ of events) onChange()
    } catch {
      // The next look at Docker's information tells why.
    }
    if (wasThere === true && !signal.aborted) onChange()
    wasThere = false
  } while (await passes(again, signal))
}
