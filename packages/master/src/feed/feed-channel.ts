import type { EventRecord } from '../store/records.ts'

/** Events of one grid, or of all, as they come: the latest stay in memory for all who follow. */
export interface FeedChannel {
  /** Called when something has come. */
  readonly followers: Set<() => void>
  /** Nothing is missing in memory behind this id. What was said first holds. */
  completeAfter(id: number): void
  add(events: readonly EventRecord[]): void
  wake(): void
  /** Id of the latest event that came, or zero. */
  newest(): number
  /** The first ones behind an id, or undefined where memory does not reach back that far. */
  after(id: number, limit: number): readonly EventRecord[] | undefined
}

/** Events that are kept in memory for followers who are a little behind. */
const mostKept = 1_000

export function feedChannel(): FeedChannel {
  const followers = new Set<() => void>()
  let kept: readonly EventRecord[] = []
  /** Everything behind this id is in memory. */
  let begin: number | undefined
  let dropped = 0

  const wake = (): void => {
    for (const follower of [...followers]) follower()
  }
  return {
    followers,
    wake,
    completeAfter: (id) => {
      begin ??= id
    },
    add: (events) => {
      const all = [...kept, ...events]
      kept = all.slice(-mostKept)
      dropped = all.at(-mostKept - 1)?.id ?? dropped
      wake()
    },
    newest: () => kept.at(-1)?.id ?? 0,
    after: (id, limit) => {
      if (begin === undefined || id < begin || id < dropped) return undefined
      // Followers are near the end nearly always.
      const last = kept.findLastIndex((event) => event.id <= id)
      return kept.slice(last + 1, last + 1 + limit)
    },
  }
}
