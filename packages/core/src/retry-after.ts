/** Milliseconds from now that a header `Retry-After` tells: seconds, or a date (RFC 9110, 10.2.3). */
export function readRetryAfter(header: string | null | undefined): number | undefined {
  if (header === null || header === undefined) return undefined
  const time = /^\d+$/.test(header) ? Number(header) * 1_000 : Date.parse(header) - Date.now()
  return Number.isFinite(time) ? Math.max(0, time) : undefined
}
