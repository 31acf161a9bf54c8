import { afterEach, beforeEach, expect, test } from 'vitest'
import { installVirtualClock, type VirtualClock } from '../../src/testing/virtual-clock.ts'

let clock: VirtualClock

beforeEach(() => {
  clock = installVirtualClock()
})
afterEach(() => clock.restore())

test('time stands still until it is let pass', () => {
  const before = Date.now()
  for (let turn = 0; turn < 1_000_000; turn++) Math.sqrt(turn)
  expect(Date.now()).toBe(before)
  expect(new Date()).toEqual(new Date(before))
  expect(clock.now()).toBe(before)
})

test('it passes to the next timer, in the order in which timers are due', () => {
  const before = Date.now()
  const told: string[] = []
  setTimeout(() => told.push('late'), 5_000)
  setTimeout(() => told.push('early'), 1_000)
  setTimeout(() => told.push('early, but later set'), 1_000)
  expect(clock.step()).toBe(true)
  expect(told).toEqual(['early'])
  expect(Date.now()).toBe(before + 1_000)
  expect(clock.untilNext()).toBe(0)
  clock.step()
  clock.step()
  expect(told).toEqual(['early', 'early, but later set', 'late'])
  expect(Date.now()).toBe(before + 5_000)
  expect(clock.untilNext()).toBe(Number.POSITIVE_INFINITY)
  expect(clock.step()).toBe(false)
})

test('a timer that was cleared or closed does not run', () => {
  const told: string[] = []
  clearTimeout(setTimeout(() => told.push('cleared'), 10))
  setTimeout(() => told.push('closed'), 10).close()
  clearTimeout(undefined)
  expect(clock.step()).toBe(false)
  expect(told).toEqual([])
})

test('a timer that is refreshed begins again', () => {
  const before = Date.now()
  const handle = setTimeout(() => undefined, 1_000)
  setTimeout(() => handle.refresh(), 600)
  clock.step()
  clock.step()
  expect(Date.now()).toBe(before + 1_600)
})

test('an interval goes on until it is cleared', () => {
  let count = 0
  const handle = setInterval(() => {
    count += 1
    if (count === 3) clearInterval(handle)
  }, 500)
  while (clock.step());
  expect(count).toBe(3)
})

test('what a timer is given is handed on, and its handle can be used as the one of Node', () => {
  const told: unknown[] = []
  const handle = setTimeout((...words: unknown[]) => told.push(...words), 1, 'a', 2)
  expect(handle.ref().unref().hasRef()).toBe(true)
  clock.step()
  expect(told).toEqual(['a', 2])
})

test('signals time out by it', () => {
  const signal = AbortSignal.timeout(30_000)
  expect(signal.aborted).toBe(false)
  clock.step()
  expect(signal.reason).toMatchObject({ name: 'TimeoutError' })
})

test('dates are dates: of now, of a time that is given, and as text', () => {
  expect(new Date()).toBeInstanceOf(Date)
  expect(new Date(0).toISOString()).toBe('1970-01-01T00:00:00.000Z')
  expect(Date.parse('1970-01-01T00:00:01Z')).toBe(1_000)
  setTimeout(() => undefined, 86_400_000)
  const today = Date()
  clock.step()
  expect(Date()).not.toBe(today)
})

test('the program has its own time back afterwards, and no timer that was left runs', async () => {
  let isRun = false
  setTimeout(() => {
    isRun = true
  }, 1)
  clock.restore()
  const before = performance.now()
  await new Promise((resolve) => setTimeout(resolve, 5))
  expect(performance.now()).toBeGreaterThan(before)
  expect(isRun).toBe(false)
})

test('a timer from before can still be cleared', async () => {
  clock.restore()
  let isRun = false
  const handle = setTimeout(() => {
    isRun = true
  }, 5)
  clock = installVirtualClock()
  clearTimeout(handle)
  clock.restore()
  await new Promise((resolve) => setTimeout(resolve, 15))
  expect(isRun).toBe(false)
})
