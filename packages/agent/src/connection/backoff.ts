export interface ReconnectCase {
  /** Attempts since the master last took this agent for one of its nodes; the first is 0. */
  readonly attempt: number
  /** The master said no, rather than being out of reach. */
  readonly isRefusal: boolean
  /** A number from 0 to 1, 1 excluded. */
  readonly random: number
}

/**
 * Milliseconds until the next attempt to connect: random(0..1) x min(90, 2^attempt) seconds, as in
 * 1.5, so that a thousand agents spread out after a restart of their master. A refusal comes back at
 * once and will be the same in a moment, so after one it is a second at least.
 */
export function reconnectDelay({ attempt, isRefusal, random }: ReconnectCase): number {
  const delay = random * Math.min(90, 2 ** attempt) * 1000
  return isRefusal ? Math.max(1000, delay) : delay
}
