import type { EventType } from '@kontena/protocol'
import type { EventStore } from '../store/event-store.ts'
import type { EventRecord } from '../store/records.ts'
import { type FeedChannel, feedChannel } from './feed-channel.ts'
import { type Follower, openFollower } from './follower.ts'

/** Hands what happens to any number of followers, for one look at the store however many they are. */
export interface EventFeed {
  /**
   * Follows a grid, or all that happens where none is given.
   * Resolves also to the ids of the oldest and the newest event there is by now, or zero.
   */
  follow(grid: string | undefined): Promise<Follow>
  /** Ends all followers, those that come later too. Resolves when they have left, or soon after. */
  close(): Promise<void>
}

export interface Follow {
  readonly follower: Follower
  readonly oldest: number
  readonly newest: number
}

/** Milliseconds that followers have to take their leave, before they are cut off. */
const closeGrace = 500

/** After these, somebody may no longer see what he could see before. */
const rightsTypes: ReadonlySet<EventType> = new Set([
  'grid:removed',
  'grid:member-removed',
  'user:updated',
  'user:removed',
  'token:removed',
])

export function openEventFeed(store: EventStore): EventFeed {
  const channels = new Map<string | undefined, FeedChannel>()
  let unwatch: (() => void) | undefined
  let rights = 0
  let latest = 0
  let isClosed = false
  let onEmpty = (): void => {}

  function spread(events: readonly EventRecord[]): void {
    latest = events.at(-1)?.id ?? latest
    if (events.some(({ type }) => rightsTypes.has(type))) {
      rights += 1
      for (const channel of channels.values()) channel.wake()
    }
    for (const [grid, channel] of channels) {
      const own = grid === undefined ? events : events.filter((event) => event.grid === grid)
      if (own.length > 0) channel.add(own)
    }
  }

  function join(grid: string | undefined): FeedChannel {
    const channel = channels.get(grid) ?? feedChannel()
    channels.set(grid, channel)
    unwatch ??= store.watchEvents(spread)
    return channel
  }

  function leave(grid: string | undefined, channel: FeedChannel): void {
    if (channel.followers.size === 0) channels.delete(grid)
    if (channels.size > 0) return
    unwatch?.()
    unwatch = undefined
    onEmpty()
  }

  return {
    follow: async (grid) => {
      const channel = join(grid)
      const follower = openFollower(channel, {
        grid,
        store,
        rights: () => rights,
        latest: () => latest,
        isOver: () => isClosed,
        onClose: () => leave(grid, channel),
      })
      try {
        // After the watch began: what is not in this range is going to be told.
        const range = await store.eventRange()
        channel.completeAfter(range.newest)
        latest = Math.max(latest, range.newest)
        return { follower, ...range }
      } catch (error) {
        follower.close()
        throw error
      }
    },
    close: async () => {
      isClosed = true
      if (channels.size === 0) return
      await new Promise<void>((resolve) => {
        const timer = setTimeout(resolve, closeGrace)
        onEmpty = () => {
          clearTimeout(timer)
          resolve()
        }
        for (const channel of channels.values()) channel.wake()
      })
    },
  }
}
