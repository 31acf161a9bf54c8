import { tooManyRequests } from '../refusals.ts'

export interface RateLimits {
  /** Requests in any hour. */
  readonly hourly: number
  /** Requests in any minute. */
  readonly burst: number
}

/** Counts requests against the limits of a token, as the vendor describes them. */
export interface RateLimit {
  /** Throws Refusal where one is exceeded; what is refused counts for nothing. */
  count(): void
  headers(): Readonly<Record<string, string>>
}

const minute = 60_000
const hour = 3_600_000

export function openRateLimit({ hourly, burst }: RateLimits): RateLimit {
  const hours = openWindow(hourly, hour)
  const minutes = openWindow(burst, minute)
  return {
    count() {
      if (hours.left() <= 0) throw tooManyRequests()
      if (minutes.left() <= 0) throw tooManyRequests(minutes.secondsUntilFree())
      hours.add()
      minutes.add()
    },
    headers: () => ({
      'ratelimit-limit': String(hourly),
      'ratelimit-remaining': String(Math.max(0, hours.left())),
      'ratelimit-reset': String(Math.ceil(hours.oldestEnds() / 1000)),
    }),
  }
}

/** How often something may happen within a span of time that ends now. */
export interface Window {
  left(): number
  add(): void
  secondsUntilFree(): number
  /** Milliseconds since the epoch at which the oldest no longer counts. */
  oldestEnds(): number
}

export function openWindow(most: number, span: number): Window {
  const times: number[] = []
  const drop = () => {
    const since = Date.now() - span
    while ((times[0] ?? Number.POSITIVE_INFINITY) <= since) times.shift()
  }
  const oldestEnds = () => (times[0] ?? Date.now()) + span
  return {
    left() {
      drop()
      return most - times.length
    },
    add() {
      times.push(Date.now())
    },
    secondsUntilFree: () => Math.max(1, Math.ceil((oldestEnds() - Date.now()) / 1000)),
    oldestEnds,
  }
}
