import { getEventListeners } from 'node:events'
import { beforeEach, describe, expect, it, vi } from 'vitest'
import { poll, sleep } from '../src/wait.ts'
import { failureOf, finish, freezeTime, pass } from './moon.ts'

beforeEach(freezeTime)

describe('sleep', () => {
  it('ends after its time, and leaves no listener on the signal', async () => {
    const { signal } = new AbortController()
    const before = Date.now()
    await finish(sleep(3_000, signal))
    expect(Date.now() - before).toBe(3_000)
    expect(getEventListeners(signal, 'abort')).toEqual([])
  })

  it('rejects at once with the signal’s reason, and leaves no timer', async () => {
    const control = new AbortController()
    const asleep = sleep(3_000, control.signal)
    control.abort(new Error('enough'))
    await expect(asleep).rejects.toThrow('enough')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('does not begin where the signal is aborted already', async () => {
    await expect(sleep(3_000, AbortSignal.abort(new Error('too late')))).rejects.toThrow('too late')
    expect(vi.getTimerCount()).toBe(0)
  })
})

describe('poll', () => {
  const { signal } = new AbortController()

  it('looks at once and then at intervals, until there is something to see', async () => {
    const looks: number[] = []
    const start = Date.now()
    const seen = await finish(
      poll({ reason: 'a star', every: 2_000, signal }, async () => {
        looks.push(Date.now() - start)
        return looks.length === 3 ? 'star' : undefined
      }),
    )
    expect(seen).toBe('star')
    expect(looks).toEqual([0, 2_000, 4_000])
  })

  it('keeps its rhythm while looks take time, and pauses after those that take too long', async () => {
    const looks: number[] = []
    const start = Date.now()
    const lengths = [300, 5_000, 0]
    await finish(
      poll({ reason: 'a star', every: 2_000, signal }, async () => {
        looks.push(Date.now() - start)
        await sleep(lengths[looks.length - 1] ?? 0, signal)
        return looks.length === 3 ? 'star' : undefined
      }),
    )
    expect(looks).toEqual([0, 2_000, 8_000])
  })

  it('takes an answer that is false for an answer', async () => {
    expect(await poll({ reason: 'news', every: 1, signal }, async () => false)).toBe(false)
  })

  it('looks a last time at its deadline, then says what it waited for', async () => {
    const look = vi.fn(async () => undefined)
    const options = { reason: 'web-1 to be gone', every: 2_000, timeout: 5_000, signal }
    expect(await failureOf(poll(options, look))).toMatchObject({
      code: 'TIMED_OUT',
      message: 'waited in vain for web-1 to be gone',
    })
    expect(look).toHaveBeenCalledTimes(4)
  })

  it('waits without end where it has no deadline', async () => {
    let done = false
    void poll({ reason: 'Godot', every: 60_000, signal }, async () => done || undefined)
    await pass(10_000_000 / 10)
    done = true
    expect(vi.getTimerCount()).toBe(1)
    await pass(60_000)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('rejects with what its look throws', async () => {
    const look = async () => {
      throw new Error('blind')
    }
    await expect(poll({ reason: 'it', every: 1, signal }, look)).rejects.toThrow('blind')
  })

  it('ends between two looks when it is cancelled, and looks no more', async () => {
    const control = new AbortController()
    const look = vi.fn(async () => undefined)
    const work = poll({ reason: 'it', every: 60_000, signal: control.signal }, look)
    await pass(1_000)
    control.abort(new Error('enough'))
    await expect(work).rejects.toThrow('enough')
    expect(look).toHaveBeenCalledTimes(1)
    expect(vi.getTimerCount()).toBe(0)
  })
})
