import { describe, expect, it } from 'vitest'
import { formatDuration, parseDuration } from '../../src/options/duration.ts'

describe('parseDuration', () => {
  it.each([
    ['0s', 0],
    ['90s', 90_000],
    ['10m', 600_000],
    ['2h', 7_200_000],
  ])('reads %s', (text, milliseconds) => {
    expect(parseDuration(text, '--timeout')).toBe(milliseconds)
  })

  it.each(['', '10', 's', '1.5m', '-1s', '1d', '10 m', '10M', '99999999h', '1s\n'])(
    'refuses %j and names the flag',
    (text) => {
      expect(() => parseDuration(text, '--timeout')).toThrow(
        expect.objectContaining({
          code: 'BAD_OPTIONS',
          message: `--timeout ${text} is not a duration`,
        }),
      )
    },
  )
})

describe('formatDuration', () => {
  it.each([
    [-5, '0s'],
    [400, '0s'],
    [59_400, '59s'],
    [65_000, '1m 5s'],
    [7_380_000, '2h 3m'],
  ])('writes %i as %s', (milliseconds, text) => {
    expect(formatDuration(milliseconds)).toBe(text)
  })
})
