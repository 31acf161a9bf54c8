import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { openDoorbell } from '../src/doorbell.ts'

beforeEach(() => {
  vi.useFakeTimers()
})
afterEach(() => {
  expect(vi.getTimerCount()).toBe(0)
  vi.useRealTimers()
})

const pass = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)
const never = () => new AbortController().signal

describe('a doorbell', () => {
  it('ends the wait of whoever listens, a moment after the first ring', async () => {
    const bell = openDoorbell(100)
    const ended = vi.fn()
    const waiting = bell.wait(60_000, never()).then(ended)
    await pass(1_000)
    bell.ring()
    await pass(50)
    bell.ring()
    expect(ended).not.toHaveBeenCalled()
    await pass(50)
    expect(ended).toHaveBeenCalledOnce()
    await waiting
  })

  it('is heard also by those who come late, until it is answered', async () => {
    const bell = openDoorbell(100)
    bell.ring()
    await pass(100)
    expect(bell.hasRung()).toBe(true)
    await bell.wait(60_000, never())
    bell.answer()
    expect(bell.hasRung()).toBe(false)
    const waiting = bell.wait(500, never())
    await pass(500)
    await waiting
  })

  it('does not keep anybody who is interrupted', async () => {
    const bell = openDoorbell(100)
    const control = new AbortController()
    const waiting = bell.wait(60_000, control.signal)
    control.abort('interrupt')
    await expect(waiting).rejects.toBe('interrupt')
    bell.ring()
    await pass(100)
    await expect(bell.wait(1, control.signal)).rejects.toBe('interrupt')
  })

  it('rings no more once it is muted', async () => {
    const bell = openDoorbell(100)
    bell.ring()
    bell.mute()
    bell.ring()
    await pass(1_000)
    expect(bell.hasRung()).toBe(false)
  })
})
