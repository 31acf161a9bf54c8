import { nodeNamePattern } from '@kontena/protocol'
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { chooseNames, isNumbered } from '../../src/orders/names.ts'

const none = new Set<string>()

describe('chooseNames', () => {
  it('takes the name as it is for one machine', () => {
    expect(chooseNames({ base: 'web', count: 1, taken: none })).toEqual(['web'])
  })

  it('numbers several machines, and skips numbers that are taken', () => {
    const taken = new Set(['web-1', 'web-3', 'web'])
    expect(chooseNames({ base: 'web', count: 3, taken })).toEqual(['web-2', 'web-4', 'web-5'])
  })

  it('makes up two words and numbers them where no name is given', () => {
    expect(chooseNames({ base: undefined, count: 2, taken: none }, () => 0)).toEqual([
      'amber-aspen-1',
      'amber-aspen-2',
    ])
    expect(chooseNames({ base: undefined, count: 1, taken: none }, () => 0.9999)).toEqual([
      'wise-wind-1',
    ])
  })

  it('refuses a name that is in use', () => {
    expect(() => chooseNames({ base: 'web', count: 1, taken: new Set(['web']) })).toThrow(
      expect.objectContaining({
        code: 'NAME_TAKEN',
        message: 'a node named web is already in the grid',
      }),
    )
  })

  it.each(['', 'Web', 'web_1', '-web', 'web-', 'wéb', 'web.example', 'a b', 'a\nb', '😀', '{{x}}'])(
    'refuses %j, which is no host name',
    (base) => {
      for (const count of [1, 2]) {
        if (base === 'web-' && count === 2) continue
        expect(() => chooseNames({ base, count, taken: none })).toThrow(
          expect.objectContaining({
            code: 'BAD_OPTIONS',
            message: expect.stringContaining('is not a host name'),
          }),
        )
      }
    },
  )

  it('refuses a name that is too long, also when only its number makes it so', () => {
    const tooLong = 'is longer than 63 characters'
    expect(chooseNames({ base: 'a'.repeat(63), count: 1, taken: none })).toHaveLength(1)
    expect(() => chooseNames({ base: 'a'.repeat(64), count: 1, taken: none })).toThrow(tooLong)
    expect(chooseNames({ base: 'a'.repeat(61), count: 9, taken: none })).toHaveLength(9)
    expect(() => chooseNames({ base: 'a'.repeat(61), count: 10, taken: none })).toThrow(tooLong)
  })

  it('gives as many different free host names as are wanted, whatever is taken', () => {
    const base = fc.option(fc.stringMatching(/^[a-z][a-z0-9-]{0,20}[a-z0-9]$/), { nil: undefined })
    const numbers = fc.uniqueArray(fc.integer({ min: 1, max: 40 }))
    fc.assert(
      fc.property(base, fc.integer({ min: 2, max: 30 }), numbers, (stem, count, used) => {
        const taken = new Set(used.map((number) => `${stem ?? 'amber-aspen'}-${number}`))
        const names = chooseNames({ base: stem, count, taken }, () => 0)
        expect(new Set(names).size).toBe(count)
        for (const name of names) {
          expect(name).toMatch(nodeNamePattern)
          expect(taken).not.toContain(name)
        }
      }),
    )
  })

  it('makes every pair of its words a host name', () => {
    fc.assert(
      fc.property(fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true }), (random) => {
        const [name] = chooseNames({ base: undefined, count: 1, taken: none }, () => random)
        expect(name).toMatch(nodeNamePattern)
      }),
    )
  })
})

it('knows which names may be chosen again', () => {
  expect(isNumbered({ base: 'web', count: 1 })).toBe(false)
  expect(isNumbered({ base: 'web', count: 2 })).toBe(true)
  expect(isNumbered({ base: undefined, count: 1 })).toBe(true)
})
