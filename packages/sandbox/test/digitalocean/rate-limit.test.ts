import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { openRateLimit, openWindow } from '../../src/digitalocean/wire/rate-limit.ts'

beforeEach(() => {
  vi.useFakeTimers({ now: 1_000_000, toFake: ['Date'] })
})
afterEach(() => {
  vi.useRealTimers()
})

describe('a window', () => {
  test('forgets what is older than its span, one by one', () => {
    const window = openWindow(2, 60_000)
    window.add()
    vi.setSystemTime(1_020_000)
    window.add()
    expect([window.left(), window.secondsUntilFree()]).toEqual([0, 40])
    vi.setSystemTime(1_060_000)
    expect(window.left()).toBe(1)
    vi.setSystemTime(1_080_000)
    expect(window.left()).toBe(2)
  })
})

describe('the limits of a token', () => {
  const refusalOf = (act: () => void) => {
    try {
      act()
    } catch (error) {
      return error
    }
    return undefined
  }

  test('in a minute say when to come back, and let in again by then', () => {
    const limit = openRateLimit({ hourly: 100, burst: 1 })
    limit.count()
    vi.setSystemTime(1_015_000)
    expect(refusalOf(limit.count)).toMatchObject({ status: 429, headers: { 'retry-after': '45' } })
    vi.setSystemTime(1_060_000)
    limit.count()
  })
  test('in an hour tell in headers what is left, and when the oldest call no longer counts', () => {
    const limit = openRateLimit({ hourly: 2, burst: 100 })
    limit.count()
    vi.setSystemTime(1_500_000)
    limit.count()
    expect(limit.headers()).toEqual({
      'ratelimit-limit': '2',
      'ratelimit-remaining': '0',
      'ratelimit-reset': '4600',
    })
    expect(refusalOf(limit.count)).toMatchObject({ status: 429, headers: {} })
    vi.setSystemTime(4_600_000)
    limit.count()
  })
})
