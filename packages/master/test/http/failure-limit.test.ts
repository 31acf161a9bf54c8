import { describe, expect, it } from 'vitest'
import { failureLimit } from '../../src/http/failure-limit.ts'
import { testClock } from '../fixtures/test-clock.ts'

describe('failureLimit', () => {
  const fail = (limit: ReturnType<typeof failureLimit>, address: string, times: number) => {
    for (let count = 0; count < times; count += 1) limit.count(address)
  }

  it('is reached by failures of one address alone', () => {
    const limit = failureLimit({ clock: testClock(), most: 3 })
    fail(limit, 'a', 2)
    expect(limit.isReached('a')).toBe(false)
    fail(limit, 'a', 1)
    expect(limit.isReached('a')).toBe(true)
    expect(limit.isReached('b')).toBe(false)
  })

  it('forgets when the window has passed since the first failure', () => {
    const clock = testClock()
    const limit = failureLimit({ clock, most: 2, window: 1_000 })
    fail(limit, 'a', 1)
    clock.advance(999)
    fail(limit, 'a', 1)
    expect(limit.isReached('a')).toBe(true)
    clock.advance(1)
    expect(limit.isReached('a')).toBe(false)
    fail(limit, 'a', 1)
    expect(limit.isReached('a')).toBe(false)
  })

  it('forgets when the clock is set back', () => {
    const clock = testClock()
    const limit = failureLimit({ clock, most: 1, window: 1_000 })
    fail(limit, 'a', 1)
    clock.advance(-3_600_000)
    expect(limit.isReached('a')).toBe(false)
  })

  it('counts all addresses of a network of IPv6 as one', () => {
    const limit = failureLimit({ clock: testClock(), most: 2 })
    limit.count('2001:db8:1:2::1')
    limit.count('2001:db8:1:2:ffff::9')
    expect(limit.isReached('2001:db8:1:2::abcd')).toBe(true)
    expect(limit.isReached('2001:db8:1:3::1')).toBe(false)
  })

  it('remembers a bounded number of addresses, the latest ones', () => {
    const limit = failureLimit({ clock: testClock(), most: 1 })
    for (let index = 0; index <= 10_000; index += 1) limit.count(`address-${index}`)
    expect(limit.isReached('address-0')).toBe(false)
    expect(limit.isReached('address-1')).toBe(true)
    expect(limit.isReached('address-10000')).toBe(true)
  })
})
