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
  /**
   * What an answer said: so many requests may follow before the time (milliseconds since the epoch).
   * Told once for each admitted request that was answered, where the cloud says so at all.
   */
  learn(news: { readonly remaining: number; readonly resetAt: number }): void
  /** No request goes out for so many milliseconds; a reason is for people, who then learn of it. */
  pause(milliseconds: number, reason?: string): void
}

export interface RateBudgetOptions {
  /** The provider's title, for people who wait. */
  readonly title: string
  readonly emit: Emit
}

/** A person who waits longer than this wants to know why. */
const shownFrom = 10_000
/** After a refusal, a person wonders sooner. */
const refusalShownFrom = 2_000
/** Milliseconds; a command that the cloud asks to wait longer fails instead. */
export const longestWait = 15 * 60_000
/** Clouds tell the end of a window in whole seconds, so ends this close are one window's. */
const sameWindow = 1_000
/** Once a window that was used up has ended, one request in so many milliseconds finds out what follows. */
const probeInterval = 1_000

/** A window of time and what the cloud still allows in it. */
interface Window {
  readonly remaining: number
  readonly resetAt: number
}
const unlimited: Window = { remaining: Number.POSITIVE_INFINITY, resetAt: 0 }

export function openRateBudget({ title, emit }: RateBudgetOptions): RateBudget {
  let window = unlimited
  /** Requests that are out, which the cloud may not have counted when it answered others. */
  let unanswered = 0
  let pausedUntil = 0
  let shownUntil = 0

  function nextAt(now: number): number {
    if (window !== unlimited && now >= window.resetAt) renew(now)
    return Math.max(pausedUntil, hasRoom() ? 0 : window.resetAt)
  }
  function hasRoom(): boolean {
    return window.remaining > unanswered
  }
  function renew(now: number): void {
    window = hasRoom() ? unlimited : { remaining: 1, resetAt: now + probeInterval }
    unanswered = 0
  }
  /** A wait that grows a little while it lasts is told once. */
  function tell(until: number, reason: string): void {
    const now = Date.now()
    if (now < shownUntil && until <= shownUntil + shownFrom) return
    shownUntil = until
    emit({ type: 'waiting', reason, milliseconds: until - now })
  }
  return {
    async admit(signal) {
      for (;;) {
        signal.throwIfAborted()
        const now = Date.now()
        const until = nextAt(now)
        if (until <= now) break
        const milliseconds = until - now
        if (milliseconds > longestWait) throw waitRefused(title, milliseconds)
        if (milliseconds > shownFrom) tell(until, `${title} takes no more requests for now`)
        await sleep(milliseconds, signal)
      }
      unanswered += 1
    },
    learn({ remaining, resetAt }) {
      unanswered = Math.max(0, unanswered - 1)
      if (!Number.isFinite(remaining) || !Number.isFinite(resetAt)) return
      const isOvertaken = resetAt < window.resetAt - sameWindow
      const isLater = resetAt > window.resetAt + sameWindow
      if (isLater) window = { remaining, resetAt }
      // Answers overtake each other, and within a window there can only be less and less.
      else if (!isOvertaken)
        window = { ...window, remaining: Math.min(window.remaining, remaining) }
    },
    pause(milliseconds, reason) {
      const until = Date.now() + milliseconds
      pausedUntil = Math.max(pausedUntil, until)
      if (reason !== undefined && milliseconds >= refusalShownFrom) tell(until, reason)
    },
  }
}

/** What a command ends in that would have to wait longer than it may. */
function waitRefused(title: string, milliseconds: number): ProvisionError {
  const minutes = Math.ceil(milliseconds / 60_000)
  return new ProvisionError('RATE_LIMITED', `${title} takes no more requests for ${minutes} min`, {
    hint: 'wait that long, or use credentials of their own for what else asks so much of it',
    retryAfter: milliseconds,
  })
}
