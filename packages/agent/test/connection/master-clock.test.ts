import { describe, expect, it } from 'vitest'
import { openMasterClock } from '../../src/connection/master-clock.ts'
import { checkClock } from '../../src/health/check-clock.ts'

const noon = Date.parse('2026-03-01T12:00:00Z')
const said = '2026-03-01 12:00:00.000000000Z'

function openHost(now = noon) {
  const host = { now, steady: 5000 }
  const clock = openMasterClock({ now: () => host.now, steady: () => host.steady })
  return {
    clock,
    pass(milliseconds: number) {
      host.now += milliseconds
      host.steady += milliseconds
    },
    set(time: number) {
      host.now = time
    },
  }
}

describe('the clock beside the master’s', () => {
  it('is fine as long as nobody has said what time it is', () => {
    const { clock } = openHost()
    clock.hear(undefined, 1)
    clock.hear('soon', 1)

    expect(clock.offset()).toBeUndefined()
    expect(checkClock(clock)).toMatchObject({ ok: true })
  })

  it('is right hours later too', () => {
    const { clock, pass } = openHost()
    clock.hear(said, 0)
    pass(3_600_000)

    expect(checkClock(clock)).toEqual({
      name: 'clock',
      ok: true,
      message: 'within a second of the master',
    })
  })

  it.each([
    [noon + 7500, '7.5 s ahead of the master'],
    [noon - 60_000, '60.0 s behind the master'],
  ])('is wrong at %d from the first word on', (now, message) => {
    const { clock } = openHost(now)
    clock.hear(said, 0)

    expect(checkClock(clock)).toEqual({ name: 'clock', ok: false, message })
  })

  it('is wrong once somebody sets it, without another word of the master', () => {
    const { clock, set } = openHost()
    clock.hear(said, 0)
    set(noon - 3_600_000)

    expect(checkClock(clock)).toMatchObject({ ok: false, message: '3600.0 s behind the master' })
  })

  it('may be as far off as the answer was on its way', () => {
    const { clock } = openHost(noon + 6000)
    clock.hear(said, 12_000)

    expect(clock.offset()).toBe(0)
  })
})
