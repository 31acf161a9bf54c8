/** Buckets of Azure Resource Manager: how many calls fit in, and how many come back each second. */
const buckets = {
  reads: { size: 250, perSecond: 25 },
  writes: { size: 200, perSecond: 10 },
  deletes: { size: 200, perSecond: 10 },
} as const

export interface Allowance {
  /** Takes one call and returns the header that says how many are left. */
  spend(method: string): Readonly<Record<string, string>>
}

/** Counts as Azure does, but turns nobody away: faults do that. */
export function openAllowance(): Allowance {
  const left = {
    reads: { count: 250, at: 0 },
    writes: { count: 200, at: 0 },
    deletes: { count: 200, at: 0 },
  }
  return {
    spend(method) {
      const name = bucketOf(method)
      const { size, perSecond } = buckets[name]
      const bucket = left[name]
      const now = Date.now()
      const regained = ((now - bucket.at) / 1000) * perSecond
      bucket.count = Math.max(0, Math.min(size, bucket.count + regained) - 1)
      bucket.at = now
      return { [`x-ms-ratelimit-remaining-subscription-${name}`]: String(Math.floor(bucket.count)) }
    },
  }
}

function bucketOf(method: string): keyof typeof buckets {
  if (method === 'DELETE') return 'deletes'
  return method === 'GET' || method === 'HEAD' ? 'reads' : 'writes'
}
