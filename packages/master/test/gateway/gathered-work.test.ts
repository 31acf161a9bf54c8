import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { gatheredWork } from '../../src/gateway/gathered-work.ts'

describe('gathered work', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  /** Rounds that take this long, as lists of what they did. */
  function rounds(duration: number) {
    const done: string[][] = []
    const failures: unknown[] = []
    const work = gatheredWork<string>(
      async (items) => {
        done.push([...items])
        await new Promise((resolve) => setTimeout(resolve, duration))
        if (items.has('bad')) throw new Error('bad')
      },
      { delay: 10, onFailure: (error) => failures.push(error) },
    )
    return { work, done, failures }
  }

  it('is done once for all who ask before it begins', async () => {
    const { work, done } = rounds(0)
    work.add('a')
    work.add('b')
    work.add('a')
    expect(done).toEqual([])
    await vi.advanceTimersByTimeAsync(10)
    expect(done).toEqual([['a', 'b']])
  })

  it('rests after a round nine times as long as it took', async () => {
    const { work, done } = rounds(100)
    work.add('a')
    await vi.advanceTimersByTimeAsync(10)
    work.add('b')
    await vi.advanceTimersByTimeAsync(100 + 899)
    work.add('c')
    expect(done).toEqual([['a']])
    await vi.advanceTimersByTimeAsync(1)
    expect(done).toEqual([['a'], ['b', 'c']])
  })

  it('goes on after a failure', async () => {
    const { work, done, failures } = rounds(0)
    work.add('bad')
    await vi.advanceTimersByTimeAsync(10)
    work.add('good')
    await vi.advanceTimersByTimeAsync(20)
    expect(done).toEqual([['bad'], ['good']])
    expect(failures).toEqual([new Error('bad')])
  })

  it('is forgotten once it is stopped', async () => {
    const { work, done } = rounds(0)
    work.add('a')
    work.stop()
    await vi.advanceTimersByTimeAsync(100)
    expect(done).toEqual([])
  })
})
