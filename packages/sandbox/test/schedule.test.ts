import { afterEach, beforeEach, expect, test, vi } from 'vitest'
import { openSchedule } from '../src/schedule.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  vi.useRealTimers()
})

test('what was scheduled before the end never happens', () => {
  const act = vi.fn()
  const schedule = openSchedule()
  schedule.after(10, act)
  schedule.close()
  vi.advanceTimersByTime(20)
  expect(act).not.toHaveBeenCalled()
})

test('a call that comes back after the end starts nothing', () => {
  const act = vi.fn()
  const schedule = openSchedule()
  schedule.close()
  schedule.after(10, act)
  expect(vi.getTimerCount()).toBe(0)
})
