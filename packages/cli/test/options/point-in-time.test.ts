import { describe, expect, it } from 'vitest'
import { parsePointInTime } from '../../src/options/point-in-time.ts'

const now = new Date('2026-03-01T12:00:00.000Z')
const parse = (text: string): string => parsePointInTime(text, '--since', now).toISOString()

describe('a point in time', () => {
  it.each([
    ['90s', '2026-03-01T11:58:30.000Z'],
    ['10m', '2026-03-01T11:50:00.000Z'],
    ['2h', '2026-03-01T10:00:00.000Z'],
    ['1d', '2026-02-28T12:00:00.000Z'],
    ['2026-02-03', '2026-02-03T00:00:00.000Z'],
    ['2026-02-03 04:05', '2026-02-03T04:05:00.000Z'],
    ['2026-02-03T04:05:06.7Z', '2026-02-03T04:05:06.700Z'],
    ['2026-02-03T04:05+02:00', '2026-02-03T02:05:00.000Z'],
  ])('is written as %s', (text, expected) => {
    expect(parse(text)).toBe(expected)
  })

  it.each([
    '',
    '10',
    '10x',
    '-5m',
    'yesterday',
    '2026',
    '2026-13-01',
    '2026-02-03T25:00',
    '03/02/2026',
  ])('is not %j', (text) => {
    expect(() => parse(text)).toThrow(`--since ${text} is no point in time`)
  })
})
