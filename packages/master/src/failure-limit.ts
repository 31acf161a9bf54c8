/** Counts failures by client address, so that secrets cannot be guessed by trying. */
export interface FailureLimit {
  /** Whether this address has to wait. */
  isReached(address: string): boolean
  count(address: string): void
}

export interface FailureLimitOptions {
  clock: () => Date
  /** Failures allowed per window. */
  most?: number
  /** Milliseconds. */
  window?: number
}

/** Addresses remembered at once; the oldest go first, so that memory stays bounded. */
const mostAddresses = 10_000

/** Only failures count: a hundred machines behind one address may all enrol in the same second. */
export function failureLimit(options: FailureLimitOptions): FailureLimit {
  const { clock, most = 60, window = 60_000 } = options
  const counts = new Map<string, { since: number; failures: number }>()

  const current = (address: string) => {
    const entry = counts.get(address)
    // A clock that was set back must not make an address wait until it is where it was.
    const passed = Math.abs(clock().getTime() - (entry?.since ?? 0))
    return passed < window ? entry : undefined
  }

  return {
    isReached: (address) => (current(address)?.failures ?? 0) >= most,
    count: (address) => {
      const entry = current(address)
      if (entry !== undefined) {
        entry.failures += 1
        return
      }
      counts.delete(address)
      counts.set(address, { since: clock().getTime(), failures: 1 })
      const [oldest] = counts.keys()
      if (counts.size > mostAddresses && oldest !== undefined) counts.delete(oldest)
    },
  }
}
