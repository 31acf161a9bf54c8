import type { EventRecord } from '../store/records.ts'
import type { Follower } from './follower.ts'

/** How events are written down for somebody who follows them. */
export interface StreamFormat {
  event(event: EventRecord): string
  /** Written when nothing has happened for {@link FollowOptions.idle}. `place`: all behind it is to come. */
  idle(place: number): string
}

export interface FollowOptions {
  /** The id behind which to begin. */
  readonly after: number
  /** Milliseconds without an event, after which a sign of life is written. */
  readonly idle: number
  readonly format: StreamFormat
  /** Which events are told. */
  isWanted(event: EventRecord): boolean
  /** Resolves to whether the reader may still read. */
  mayRead(): Promise<boolean>
  /** Milliseconds after which that is asked again though nobody's rights have changed: logins end by themselves. */
  readonly rightsInterval: number
}

/** Writes what happens until the reader may not read it any more, or the follower is closed. */
export async function* followEvents(
  follower: Follower,
  options: FollowOptions,
): AsyncGenerator<string> {
  const { idle, format, isWanted, mayRead, rightsInterval } = options
  let place = options.after
  let rights = follower.rights()
  let checkedAt = Date.now()
  while (!follower.isClosed()) {
    if (follower.rights() !== rights || Date.now() - checkedAt >= rightsInterval) {
      rights = follower.rights()
      checkedAt = Date.now()
      if (!(await mayRead())) return
    }
    const latest = follower.latest()
    const events = await follower.after(place)
    place = events.at(-1)?.id ?? Math.max(place, latest)
    const text = events.filter(isWanted).map(format.event).join('')
    if (text !== '') yield text
    if (events.length > 0) continue
    if (!(await follower.wait(place, idle))) yield format.idle(place)
  }
}
