import type { EventStore } from '../store/event-store.ts'
import type { EventRecord } from '../store/records.ts'
import type { FeedChannel } from './feed-channel.ts'

/** One who reads events at his own pace. What he has not read waits in the store, and not for him alone. */
export interface Follower {
  /** The first ones behind an id; none where nothing has happened since. */
  after(id: number): Promise<readonly EventRecord[]>
  /** Resolves when something happened behind the id, or rights changed, or after so many milliseconds. */
  wait(id: number, milliseconds: number): Promise<void>
  /** Id of the latest event that anybody was told of: all before it can be read. */
  latest(): number
  /** Another number once anybody may have lost the right to follow. */
  rights(): number
  /** Nothing more is to come. */
  isClosed(): boolean
  close(): void
}

export interface FollowerOptions {
  readonly grid: string | undefined
  readonly store: EventStore
  rights(): number
  latest(): number
  /** The whole feed has ended. */
  isOver(): boolean
  onClose(): void
}

/** Events a follower gets at once. */
const page = 200

export function openFollower(channel: FeedChannel, options: FollowerOptions): Follower {
  const { grid, store, rights, latest } = options
  let isClosed = false
  let seenRights = rights()
  let resume: (() => void) | undefined
  const wake = (): void => resume?.()
  channel.followers.add(wake)

  const isOver = (): boolean => isClosed || options.isOver()
  const hasNews = (id: number): boolean => channel.newest() > id || rights() !== seenRights

  return {
    rights,
    latest,
    isClosed: isOver,
    after: async (id) =>
      channel.after(id, page) ?? (await store.events({ grid, after: id, limit: page })),
    wait: (id, milliseconds) =>
      new Promise((resolve) => {
        const end = (): void => {
          clearTimeout(timer)
          resume = undefined
          seenRights = rights()
          resolve()
        }
        const timer = setTimeout(end, milliseconds)
        resume = end
        if (isOver() || hasNews(id)) end()
      }),
    close: () => {
      if (isClosed) return
      isClosed = true
      channel.followers.delete(wake)
      options.onClose()
      wake()
    },
  }
}
