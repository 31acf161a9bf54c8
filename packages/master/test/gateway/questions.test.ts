import type { RpcFrame } from '@kontena/protocol'
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { z } from 'zod'
import { openQuestions, type Questions } from '../../src/gateway/questions.ts'

const call = { method: '/any', params: ['x'], result: z.string() }
const soon = { timeout: 1_000 }

describe('questions to an agent', () => {
  let sent: Extract<RpcFrame, { type: 'request' }>[]
  let questions: Questions
  beforeEach(() => {
    vi.useFakeTimers()
    sent = []
    questions = openQuestions((request) => sent.push(request))
  })
  afterEach(() => vi.useRealTimers())

  const answer = (to: number, result: unknown) =>
    questions.settle({ type: 'response', id: to, error: undefined, result })
  const idOf = (index: number) => sent[index]?.id ?? -1

  it('have ids of their own, and are answered by them', async () => {
    const [one, other] = [questions.ask(call, soon), questions.ask(call, soon)]
    expect(sent).toMatchObject([
      { type: 'request', method: '/any', params: ['x'] },
      { method: '/any' },
    ])
    expect(idOf(0)).not.toBe(idOf(1))
    answer(idOf(1), 'other')
    answer(idOf(0), 'one')
    expect(await one).toEqual({ outcome: 'answered', result: 'one' })
    expect(await other).toEqual({ outcome: 'answered', result: 'other' })
  })

  it('are answered once, and not by what nobody asked', async () => {
    const asked = questions.ask(call, soon)
    answer((idOf(0) + 1) % 2 ** 31, 'wrong')
    answer(idOf(0), 'right')
    answer(idOf(0), 'again')
    expect(await asked).toEqual({ outcome: 'answered', result: 'right' })
  })

  it('are failed by an answer that makes no sense', async () => {
    const asked = questions.ask(call, soon)
    answer(idOf(0), { not: 'text' })
    const error = { code: 502, message: 'the answer makes no sense' }
    expect(await asked).toEqual({ outcome: 'failed', error })
  })

  it('end in silence after their time, and take no answer then', async () => {
    const asked = questions.ask(call, soon)
    vi.advanceTimersByTime(999)
    let isSettled = false
    void asked.then(() => {
      isSettled = true
    })
    await Promise.resolve()
    expect(isSettled).toBe(false)
    vi.advanceTimersByTime(1)
    expect(await asked).toEqual({ outcome: 'silent' })
    answer(idOf(0), 'late')
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are given up with the reason of their signal, before and after they are sent', async () => {
    const gone = new AbortController()
    const asked = questions.ask(call, { ...soon, signal: gone.signal })
    gone.abort('nobody waits')
    await expect(asked).rejects.toBe('nobody waits')
    await expect(questions.ask(call, { ...soon, signal: gone.signal })).rejects.toBe('nobody waits')
    expect(sent).toHaveLength(1)
    expect(vi.getTimerCount()).toBe(0)
  })

  it('are refused beyond sixteen, until one is answered', async () => {
    const asked = Array.from({ length: 16 }, () => questions.ask(call, soon))
    expect(await questions.ask(call, soon)).toEqual({ outcome: 'busy' })
    answer(idOf(3), 'done')
    expect(await asked[3]).toEqual({ outcome: 'answered', result: 'done' })
    void questions.ask(call, soon)
    expect(sent).toHaveLength(17)
  })

  it('end with the connection, and are none after it', async () => {
    const asked = questions.ask(call, soon)
    questions.end()
    expect(await asked).toEqual({ outcome: 'disconnected' })
    expect(await questions.ask(call, soon)).toEqual({ outcome: 'disconnected' })
    expect(sent).toHaveLength(1)
  })
})
