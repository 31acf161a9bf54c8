import { ProvisionError } from '@kontena/core'

const units: Readonly<Record<string, number>> = { s: 1000, m: 60_000, h: 3_600_000 }

/** Milliseconds of `90s`, `10m` or `2h`. Throws `BAD_OPTIONS` that names the flag. */
export function parseDuration(text: string, flag: string): number {
  const [, digits, unit = ''] = /^(\d+)([smh])$/.exec(text) ?? []
  const milliseconds = Number(digits) * (units[unit] ?? Number.NaN)
  // Longer delays overflow a timer, which then fires at once.
  if (milliseconds <= 2 ** 31 - 1) return milliseconds
  throw new ProvisionError('BAD_OPTIONS', `${flag} ${text} is not a duration`, {
    hint: 'write a whole number and its unit, as in 90s, 10m or 2h; 24 days at most',
  })
}

/** A span as people read it, in its two largest units: `4s`, `1m 5s`, `2h 3m`. */
export function formatDuration(milliseconds: number): string {
  const seconds = Math.max(0, Math.round(milliseconds / 1000))
  if (seconds < 60) return `${seconds}s`
  const minutes = Math.floor(seconds / 60)
  if (minutes < 60) return `${minutes}m ${seconds % 60}s`
  return `${Math.floor(minutes / 60)}h ${minutes % 60}m`
}
