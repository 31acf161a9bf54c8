import { describe, expect, it } from 'vitest'
import { reconnectDelay } from '../../src/connection/backoff.ts'

describe('reconnectDelay', () => {
  it('doubles the span it draws from, up to 90 seconds', () => {
    const spans = [0, 1, 2, 6, 7, 100].map((attempt) =>
      reconnectDelay({ attempt, isRefusal: false, random: 0.5 }),
    )
    expect(spans).toEqual([500, 1000, 2000, 32_000, 45_000, 45_000])
  })

  it('may be nothing when the master was out of reach', () => {
    expect(reconnectDelay({ attempt: 5, isRefusal: false, random: 0 })).toBe(0)
  })

  it('is a second at least after a refusal', () => {
    expect(reconnectDelay({ attempt: 0, isRefusal: true, random: 0.1 })).toBe(1000)
    expect(reconnectDelay({ attempt: 5, isRefusal: true, random: 0.5 })).toBe(16_000)
  })
})
