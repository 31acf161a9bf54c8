import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Job, runJobs } from '../../src/jobs/run-jobs.ts'

beforeEach(() => void vi.useFakeTimers())
afterEach(() => void vi.useRealTimers())

const later = (milliseconds: number) => vi.advanceTimersByTimeAsync(milliseconds)

describe('runJobs', () => {
  const lines: unknown[] = []
  beforeEach(() => void lines.splice(0))
  const start = (...jobs: Job[]) =>
    runJobs(jobs, { error: (line: unknown) => void lines.push(line) })

  it('runs each job at its own pace', async () => {
    const runs: string[] = []
    const job = (name: string, every: number): Job => ({
      name,
      every,
      run: async () => void runs.push(name),
    })
    const { stop } = start(job('quick', 100), job('slow', 250))
    await later(99)
    expect(runs).toEqual([])
    await later(201)
    expect(runs).toEqual(['quick', 'quick', 'slow', 'quick'])
    await stop()
  })

  it('logs one that fails, tries it again, and goes on with the others', async () => {
    let runs = 0
    const bad = { name: 'bad', every: 100, run: () => Promise.reject(new Error('broken')) }
    const good = { name: 'good', every: 100, run: async () => void runs++ }
    const { stop } = start(bad, good)
    await later(200)
    expect(runs).toBe(2)
    expect(lines).toMatchObject([{ job: 'bad' }, { job: 'bad', err: new Error('broken') }])
    await stop()
  })

  it('starts no job again while it runs', async () => {
    let started = 0
    let finish = (): void => {}
    const run = (): Promise<void> => {
      started += 1
      return new Promise((resolve) => {
        finish = resolve
      })
    }
    const { stop } = start({ name: 'long', every: 100, run })
    await later(1_000)
    expect(started).toBe(1)
    finish()
    await later(100)
    expect(started).toBe(2)
    finish()
    await stop()
  })

  it('waits at its end for what runs, and starts nothing more', async () => {
    const order: string[] = []
    let finish = (): void => {}
    const run = async (): Promise<void> => {
      order.push('started')
      await new Promise<void>((resolve) => {
        finish = resolve
      })
      order.push('ended')
    }
    const { stop } = start({ name: 'long', every: 100, run })
    await later(100)
    const stopped = stop().then(() => order.push('stopped'))
    await later(1_000)
    finish()
    await stopped
    await later(1_000)
    expect(order).toEqual(['started', 'ended', 'stopped'])
  })
})
