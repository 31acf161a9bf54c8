import { type RateLimit, rateLimit } from './rate-limit.ts'

/**
 * What the agent of one node may send: one of 1.5 on a host with 500 containers tells of all of them when
 * it connects, at some 20 KB each, and is read without a pause.
 */
const allowance = { burst: 2_000, perSecond: 200 }

/** Nodes whose allowance is remembered when they are not connected; the longest away go first. */
const mostNodes = 20_000

/** A node has one allowance, however often its agent connects. */
export function openAllowances(): (key: string) => RateLimit {
  const limits = new Map<string, RateLimit>()
  return (key) => {
    const limit = limits.get(key) ?? rateLimit(allowance)
    limits.delete(key)
    limits.set(key, limit)
    const [oldest] = limits.keys()
    if (limits.size > mostNodes && oldest !== undefined) limits.delete(oldest)
    return limit
  }
}
