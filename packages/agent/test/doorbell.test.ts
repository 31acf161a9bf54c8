import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { openDoorbell } from '../src/doorbell.ts'
import { repeatWhenRung } from '../src/repeat.ts'
import { soon } from './master-double.ts'

const never = new AbortController().signal
const minute = 60_000

describe('a doorbell', () => {
  it('ends a wait at once', async () => {
    const bell = openDoorbell()
    const first = bell.wait(minute, never)
    bell.ring()

    expect(await first).toBe(true)
  })

  it('is heard by whoever waits later, until it is hushed', async () => {
    const bell = openDoorbell()
    bell.ring()

    expect(await bell.wait(minute, never)).toBe(true)
    bell.hush()
    expect(await bell.wait(1, never)).toBe(false)
  })

  it('leaves those who are to stop alone, and is still there for the next', async () => {
    const bell = openDoorbell()
    const stopping = new AbortController()
    const last = bell.wait(minute, stopping.signal)
    stopping.abort()
    expect(await last).toBe(false)

    const next = bell.wait(minute, never)
    expect(await bell.wait(minute, stopping.signal)).toBe(false)
    bell.ring()

    expect(await next).toBe(true)
  })

  it('makes one of many rings', async () => {
    const bell = openDoorbell()
    const stopping = new AbortController()
    let times = 0
    void repeatWhenRung(stopping.signal, { bell, settle: 5 }, async () => {
      times += 1
      return minute
    })
    await soon(() => (times === 1 ? true : undefined))

    for (let ring = 0; ring < 5; ring += 1) bell.ring()
    await soon(() => (times === 2 ? true : undefined))
    await sleep(20)
    stopping.abort()

    expect(times).toBe(2)
  })
})
