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
  const { idle, format, isWanted } = options
  const right = openRight(follower, options)
  let place = options.after
  let wroteAt = Date.now()
  while (!follower.isClosed() && (await right.isHeld())) {
    const latest = follower.latest()
    const events = await follower.after(place)
    // What came after a right was lost is not for this reader.
    if (right.isInDoubt()) continue
    place = events.at(-1)?.id ?? Math.max(place, latest)
    const told = events.filter(isWanted).map(format.event).join('')
    const isSilent = told === '' && Date.now() - wroteAt >= idle
    const text = isSilent ? format.idle(place) : told
    if (text !== '') {
      wroteAt = Date.now()
      yield text
    }
    if (events.length === 0) await follower.wait(place, Math.max(1, wroteAt + idle - Date.now()))
  }
}

/** A reader's right to read, which is looked at again when anybody's may have changed, and now and then. */
function openRight(follower: Follower, { mayRead, rightsInterval }: FollowOptions) {
  let known = follower.rights()
  let checkedAt = Date.now()
  const isInDoubt = (): boolean => follower.rights() !== known
  return {
    isInDoubt,
    isHeld: async (): Promise<boolean> => {
      if (!isInDoubt() && Date.now() - checkedAt < rightsInterval) return true
      known = follower.rights()
      checkedAt = Date.now()
      return mayRead()
    },
  }
}
