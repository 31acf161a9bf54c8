import { beforeEach, describe, expect, it, vi } from 'vitest'
import type { ProvisionEvent } from '../src/events.ts'
import { openRateBudget } from '../src/rate-budget.ts'
import { failureOf, freezeTime, pass } from './moon.ts'

beforeEach(freezeTime)

function open() {
  const events: ProvisionEvent[] = []
  const budget = openRateBudget({ title: 'The Moon', emit: (event) => events.push(event) })
  const { signal } = new AbortController()
  const admitted: number[] = []
  const start = Date.now()
  /** So many requests ask at once; when each goes out, in milliseconds from the start, is written down. */
  const ask = async (count: number): Promise<void> => {
    const each = async (): Promise<void> => {
      await budget.admit(signal)
      admitted.push(Date.now() - start)
    }
    await Promise.all(Array.from({ length: count }, each))
  }
  const learn = (remaining: number, milliseconds: number): void =>
    budget.learn({ remaining, resetAt: start + milliseconds })
  return { budget, events, signal, admitted, ask, learn }
}

describe('a budget of which nothing is known', () => {
  it('admits all requests at once', async () => {
    const { ask, admitted, events } = open()
    await ask(500)
    expect(admitted).toHaveLength(500)
    expect(events).toEqual([])
  })

  it('rejects with the reason of a signal that is aborted', async () => {
    const { budget } = open()
    const reason = new Error('enough')
    await expect(budget.admit(AbortSignal.abort(reason))).rejects.toBe(reason)
  })
})

describe('a budget that learned what remains', () => {
  it('admits no more than that, and holds the others until the window ends', async () => {
    const { ask, learn, admitted } = open()
    await ask(1)
    learn(3, 8_000)
    void ask(5)
    await pass(7_750)
    expect(admitted).toEqual([0, 0, 0, 0])
    await pass(500)
    expect(admitted.slice(4)).toEqual([8_000])
  })

  it('counts requests that are still out, which the answer may not have counted', async () => {
    const { ask, learn, admitted } = open()
    await ask(10)
    learn(12, 60_000)
    void ask(9)
    await pass(1_000)
    // Of 12, nine are out since before; three go out now.
    expect(admitted).toHaveLength(13)
  })

  it('gives back what the answers to requests that were out had counted already', async () => {
    const { ask, learn, admitted } = open()
    await ask(10)
    for (let remaining = 21; remaining >= 12; remaining--) learn(remaining, 60_000)
    void ask(20)
    await pass(1_000)
    expect(admitted).toHaveLength(22)
  })

  it('believes the lower of two answers of one window that overtook each other', async () => {
    const { ask, learn, admitted } = open()
    await ask(2)
    learn(1, 60_000)
    learn(2, 60_400)
    void ask(2)
    await pass(1_000)
    expect(admitted).toHaveLength(3)
  })

  it('takes an answer of a later window for the truth, and one of an earlier for history', async () => {
    const { ask, learn, admitted } = open()
    await ask(3)
    learn(0, 60_000)
    learn(5, 90_000)
    learn(0, 30_000)
    void ask(9)
    await pass(1_000)
    expect(admitted).toHaveLength(8)
  })

  it('learns nothing from what is no number', async () => {
    const { ask, budget, admitted } = open()
    await ask(1)
    budget.learn({ remaining: Number.NaN, resetAt: Date.now() + 60_000 })
    budget.learn({ remaining: 0, resetAt: Number.NaN })
    await ask(3)
    expect(admitted).toHaveLength(4)
  })

  it('sends one request at a time after a window that was used up, until it learns more', async () => {
    const { ask, learn, admitted } = open()
    await ask(1)
    learn(0, 5_000)
    void ask(20)
    await pass(7_250)
    expect(admitted).toEqual([0, 5_000, 6_000, 7_000])
    learn(100, 60_000)
    await pass(1_000)
    expect(admitted).toHaveLength(21)
  })

  it('knows no limit once a window ended that was not used up', async () => {
    const { ask, learn, admitted } = open()
    await ask(1)
    learn(2, 5_000)
    await pass(5_250)
    await ask(50)
    expect(admitted).toHaveLength(51)
  })

  it('counts requests that never got an answer only until the window ends', async () => {
    const { ask, learn, admitted } = open()
    await ask(4)
    learn(10, 5_000)
    await pass(5_250)
    await ask(1)
    learn(10, 60_000)
    void ask(20)
    await pass(1_000)
    expect(admitted).toHaveLength(4 + 1 + 10)
  })
})

describe('a pause', () => {
  it('holds back every request of the command, and the longest counts', async () => {
    const { budget, ask, admitted } = open()
    budget.pause(4_000)
    budget.pause(1_000)
    void ask(3)
    await pass(3_750)
    expect(admitted).toEqual([])
    await pass(500)
    expect(admitted).toEqual([4_000, 4_000, 4_000])
  })

  it('that becomes longer while requests wait holds them back longer', async () => {
    const { budget, ask, admitted } = open()
    budget.pause(2_000)
    void ask(1)
    await pass(1_000)
    budget.pause(5_000)
    await pass(6_000)
    expect(admitted).toEqual([6_000])
  })

  it('is told once with its reason and time, however many wait and were refused', async () => {
    const { budget, ask, events } = open()
    for (let more = 0; more < 8; more++) budget.pause(30_000 + more * 500, 'too many requests')
    void ask(20)
    await pass(31_000)
    expect(events).toEqual([{ type: 'waiting', reason: 'too many requests', milliseconds: 30_000 }])
  })

  it('is told again when it becomes much longer', async () => {
    const { budget, events } = open()
    budget.pause(5_000, 'too many requests')
    budget.pause(60_000, 'too many requests')
    expect(events.map((event) => event.type === 'waiting' && event.milliseconds)).toEqual([
      5_000, 60_000,
    ])
  })

  it('of which no reason is known is told when a request has to wait long for its end', async () => {
    const { budget, ask, events } = open()
    budget.pause(12_000)
    void ask(2)
    await pass(250)
    expect(events).toEqual([
      {
        type: 'waiting',
        reason: 'The Moon takes no more requests for now',
        milliseconds: 12_000,
      },
    ])
  })

  it('that is short is not worth a word', async () => {
    const { budget, ask, events } = open()
    budget.pause(1_500, 'too many requests')
    void ask(1)
    await pass(2_000)
    budget.pause(9_000)
    void ask(1)
    await pass(10_000)
    expect(events).toEqual([])
  })

  it('of more than a quarter of an hour fails its requests, with a way on', async () => {
    const { budget, signal, events } = open()
    budget.pause(40 * 60_000)
    await expect(budget.admit(signal)).rejects.toMatchObject({
      code: 'RATE_LIMITED',
      message: 'The Moon takes no more requests for 40 min',
      hint: expect.stringContaining('wait that long'),
      retryAfter: 40 * 60_000,
    })
    expect(events).toEqual([])
  })

  it('ends at once for a request that is cancelled, and leaves no timer', async () => {
    const { budget } = open()
    budget.pause(60_000)
    const control = new AbortController()
    const waiting = budget.admit(control.signal)
    await pass(1_000)
    control.abort(new Error('enough'))
    expect(await failureOf(waiting)).toMatchObject({ message: 'enough' })
    expect(vi.getTimerCount()).toBe(0)
  })
})
