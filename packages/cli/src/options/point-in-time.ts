import { ProvisionError } from '@kontena/core'

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000 }

/**
 * A time as it is typed: how long ago (`10m`, `2d`), or a date, which is in UTC where it names no zone.
 * Throws `BAD_OPTIONS` that names the flag.
 */
export function parsePointInTime(text: string, flag: string, now: Date): Date {
  const [, digits, unit = ''] = /^(\d{1,6})([smhd])$/.exec(text) ?? []
  const span = Number(digits) * (units[unit] ?? Number.NaN)
  const date = Number.isNaN(span) ? parseDate(text) : new Date(now.getTime() - span)
  if (!Number.isNaN(date.getTime())) return date
  throw new ProvisionError('BAD_OPTIONS', `${flag} ${text} is no point in time`, {
    hint: 'write how long ago, as 10m or 2d, or a date, as 2026-03-01 or 2026-03-01T12:00:00Z',
  })
}

function parseDate(text: string): Date {
  const [, day, time, zone] =
    /^(\d{4}-\d\d-\d\d)(?:[T ](\d\d:\d\d(?::\d\d(?:\.\d+)?)?))?(Z|[+-]\d\d:?\d\d)?$/.exec(text) ??
    []
  return new Date(day === undefined ? Number.NaN : `${day}T${time ?? '00:00'}${zone ?? 'Z'}`)
}
