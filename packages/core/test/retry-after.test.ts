import { afterEach, expect, test, vi } from 'vitest'
import { readRetryAfter } from '../src/retry-after.ts'

afterEach(() => {
  vi.useRealTimers()
})

test.each([
  ['7', 7_000],
  ['0', 0],
  ['soon', undefined],
  ['', undefined],
  ['9'.repeat(400), undefined],
  [null, undefined],
  [undefined, undefined],
])('%j is %s ms', (header, expected) => {
  expect(readRetryAfter(header)).toBe(expected)
})

test('a date counts from now, and one that has passed is no wait', () => {
  vi.useFakeTimers({ now: Date.parse('2026-03-01T12:00:00Z'), toFake: ['Date'] })
  expect(readRetryAfter('Sun, 01 Mar 2026 12:00:30 GMT')).toBe(30_000)
  expect(readRetryAfter('Thu, 01 Jan 1970 00:00:00 GMT')).toBe(0)
})
