import { type EventNews, type MasterClient, MasterError, type Node } from '@kontena/protocol'
import { openDoorbell } from './doorbell.ts'

/** The nodes of a grid, asked for again when something has happened to those that matter. */
export interface NodeRecords {
  /**
   * All nodes of the grid, where they may be others than last time, else undefined. `always` asks in any
   * case. To be called once a second at least; rejects as the master's client does.
   */
  read(always?: boolean): Promise<readonly Node[] | undefined>
  /** As `sleep`, but ends as soon as there is something to read. */
  pause(milliseconds: number, signal: AbortSignal): Promise<void>
}

export interface NodeRecordsOptions {
  readonly master: Pick<MasterClient, 'nodes' | 'watchEvents'>
  readonly grid: string
  /** The nodes that matter; all of the grid where absent. */
  readonly names?: readonly string[]
  readonly signal: AbortSignal
  /** Told of all that comes of watching. */
  readonly onNews?: (news: EventNews) => void
}

/** Milliseconds between requests for the list while nothing else tells that it is old. */
const interval = 1_000
/** The same while the master tells what happens: nobody has to trust that it tells all. */
const liveInterval = 30_000
/** Milliseconds in which what happens is gathered to one request. */
const gathering = 100

/**
 * Follows the events of a grid as long as the work goes on. The events are only a doorbell, the list of
 * nodes is the truth. Where the master tells nothing, as one of 1.5, it is asked each second.
 */
export async function withNodeRecords<T>(
  options: NodeRecordsOptions,
  work: (records: NodeRecords) => Promise<T>,
): Promise<T> {
  const { master, grid } = options
  const done = new AbortController()
  const signal = AbortSignal.any([options.signal, done.signal])
  const bell = openDoorbell(gathering)
  const stream = { isLive: false }
  const following = follow({ ...options, signal }, stream, () => bell.ring())
  // A defect shows once the work is over.
  following.catch(() => undefined)
  let readAt = Date.now()
  let hasFailed = false

  async function read(always = false): Promise<readonly Node[] | undefined> {
    const due = readAt + (stream.isLive && !hasFailed ? liveInterval : interval)
    if (!always && !bell.hasRung() && Date.now() < due) return undefined
    bell.answer()
    hasFailed = true
    try {
      const nodes = await master.nodes(grid, options.signal)
      hasFailed = false
      return nodes
    } finally {
      readAt = Date.now()
    }
  }

  try {
    return await work({ read, pause: bell.wait })
  } finally {
    done.abort()
    bell.mute()
    await following
  }
}

/** Never rejects: whoever reads the list meets what is wrong with the master, too. */
async function follow(
  { master, grid, names, signal, onNews }: NodeRecordsOptions,
  stream: { isLive: boolean },
  ring: () => void,
): Promise<void> {
  const wanted = names && new Set(names.map((name) => `${grid}/${name}`))
  const matters = (news: EventNews): boolean =>
    news.type !== 'event' ||
    wanted === undefined ||
    news.event.relationships.some(({ id, type }) => type === 'node' && wanted.has(id))
  try {
    for await (const news of master.watchEvents(grid, { signal })) {
      onNews?.(news)
      if (news.type === 'live') stream.isLive = true
      if (news.type === 'lost' || news.type === 'unsupported') stream.isLive = false
      if (news.type !== 'lost' && matters(news)) ring()
    }
  } catch (error) {
    stream.isLive = false
    if (!signal.aborted && !(error instanceof MasterError)) throw error
  }
}
