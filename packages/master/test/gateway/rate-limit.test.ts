import { describe, expect, it } from 'vitest'
import { rateLimit } from '../../src/gateway/rate-limit.ts'

describe('rateLimit', () => {
  const limited = () => {
    let time = 1_000
    const limit = rateLimit({ burst: 10, perSecond: 5, now: () => time })
    return { take: limit.take, pass: (milliseconds: number) => (time += milliseconds) }
  }

  it('lets a burst through, and asks to wait for what is above it', () => {
    const { take } = limited()
    expect(Array.from({ length: 10 }, () => take(1))).toEqual(Array(10).fill(0))
    expect(take(1)).toBe(200)
    expect(take(4)).toBe(1_000)
  })

  it('is paid with time', () => {
    const { take, pass } = limited()
    take(15)
    pass(999)
    expect(take(0)).toBe(1)
    pass(1)
    expect(take(0)).toBe(0)
  })

  it('gathers no more than a burst, however long it is quiet', () => {
    const { take, pass } = limited()
    pass(3_600_000)
    expect(take(10)).toBe(0)
    expect(take(1)).toBe(200)
  })
})
