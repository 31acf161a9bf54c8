import { clientNetwork } from './client-network.ts'

/** Counts failures by client address, so that secrets cannot be guessed by trying. */
export interface FailureLimit {
  /** Whether this address has to wait, by its own failures or those of its IPv6 network. */
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

/** Clients remembered at once; the oldest go first, so that memory stays bounded. */
const mostClients = 10_000

/** Only failures count: a hundred machines behind one address may all enrol in the same second. */
export function failureLimit(options: FailureLimitOptions): FailureLimit {
  const { clock, most = 60, window = 60_000 } = options
  const counts = new Map<string, { since: number; failures: number }>()

  const current = (client: string) => {
    const entry = counts.get(client)
    // A clock that was set back must not make an address wait until it is where it was.
    const passed = Math.abs(clock().getTime() - (entry?.since ?? 0))
    return passed < window ? entry : undefined
  }

  return {
    isReached: (address) => (current(clientNetwork(address))?.failures ?? 0) >= most,
    count: (address) => {
      const client = clientNetwork(address)
      const entry = current(client)
      if (entry !== undefined) {
        entry.failures += 1
        return
      }
      counts.delete(client)
      counts.set(client, { since: clock().getTime(), failures: 1 })
      const [oldest] = counts.keys()
      if (counts.size > mostClients && oldest !== undefined) counts.delete(oldest)
    },
  }
}
