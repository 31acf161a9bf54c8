import { ProvisionError } from './errors.ts'
import type { Emit } from './events.ts'
import { sleep } from './wait.ts'

/**
 * What a cloud allows one command to ask of it. All calls of the command share it, so that one that is
 * told to wait makes the others wait too, and none is sent only to be refused.
 */
export interface RateBudget {
  /**
   * Resolves when a request may go out. Rejects with the signal's reason, or with `RATE_LIMITED` where
   * the cloud allows none for longer than a command may wait.
   */
  admit(signal: AbortSignal): Promise<void>
  /** What an answer said: so many requests may follow before the time (milliseconds since the epoch). */
  learn(news: { readonly remaining: number; readonly resetAt: number }): void
  /** No request goes out for so many milliseconds. */
  pause(milliseconds: number): void
}

export interface RateBudgetOptions {
  /** The provider's title, for people who wait. */
  readonly title: string
  readonly emit: Emit
}

/** A person who waits longer than this wants to know why. */
const shownFrom = 10_000
const longestWait = 15 * 60_000

export function openRateBudget({ title, emit }: RateBudgetOptions): RateBudget {
  let left = Number.POSITIVE_INFINITY
  let resetAt = 0
  let pausedUntil = 0
  let shownUntil = 0

  function nextAt(now: number): number {
    if (now >= resetAt) left = Number.POSITIVE_INFINITY
    return Math.max(pausedUntil, left > 0 ? 0 : resetAt)
  }
  function tell(until: number, milliseconds: number): void {
    if (milliseconds <= shownFrom || until <= shownUntil) return
    shownUntil = until
    emit({ type: 'waiting', reason: `${title} takes no more requests for now`, milliseconds })
  }
  return {
    async admit(signal) {
      for (;;) {
        signal.throwIfAborted()
        const now = Date.now()
        const until = nextAt(now)
        if (until <= now) break
        const milliseconds = until - now
        if (milliseconds > longestWait) throw tooLong(title, milliseconds)
        tell(until, milliseconds)
        await sleep(milliseconds, signal)
      }
      left -= 1
    },
    learn(news) {
      resetAt = news.resetAt
      left = news.remaining
    },
    pause(milliseconds) {
      pausedUntil = Math.max(pausedUntil, Date.now() + milliseconds)
    },
  }
}

function tooLong(title: string, milliseconds: number): ProvisionError {
  const minutes = Math.ceil(milliseconds / 60_000)
  return new ProvisionError('RATE_LIMITED', `${title} takes no more requests for ${minutes} min`, {
    hint: 'wait that long, or use credentials of their own for what else asks so much of it',
    retryAfter: milliseconds,
  })
}
