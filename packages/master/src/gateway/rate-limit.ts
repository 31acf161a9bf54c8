/** A bucket that fills steadily: what is taken beyond it is a debt, which takes time to pay. */
export interface RateLimit {
  /** Takes so much, and tells for how many milliseconds nothing more should be taken. */
  take(cost: number): number
}

export interface RateLimitOptions {
  /** What may be taken at once after a quiet time. */
  readonly burst: number
  readonly perSecond: number
  /** Milliseconds of a clock that never goes back. */
  readonly now?: () => number
}

export function rateLimit({
  burst,
  perSecond,
  now = () => performance.now(),
}: RateLimitOptions): RateLimit {
  let level = burst
  let last = now()
  return {
    take: (cost) => {
      const time = now()
      level = Math.min(burst, level + ((time - last) / 1000) * perSecond) - cost
      last = time
      return level >= 0 ? 0 : Math.ceil((-level / perSecond) * 1000)
    },
  }
}
