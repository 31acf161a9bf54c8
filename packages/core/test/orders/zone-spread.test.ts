import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { spreadOverZones } from '../../src/orders/zone-spread.ts'

describe('spreadOverZones', () => {
  it('goes round the zones by name', () => {
    expect(spreadOverZones(4, ['c', 'a', 'b'], [])).toEqual(['a', 'b', 'c', 'a'])
  })

  it('fills the zones up that have fewer machines', () => {
    expect(spreadOverZones(3, ['a', 'b'], ['a', 'a', 'a'])).toEqual(['b', 'b', 'b'])
  })

  it('does not count machines in zones that are no choice', () => {
    expect(spreadOverZones(2, ['a', 'b'], ['x', 'x', ''])).toEqual(['a', 'b'])
  })

  it('leaves all zones within one machine of each other wherever that can be', () => {
    const zones = ['a', 'b', 'c', 'd']
    const existing = fc.array(fc.constantFrom(...zones), { maxLength: 20 })
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 40 }), existing, (count, there) => {
        const chosen = spreadOverZones(count, zones, there)
        expect(chosen).toHaveLength(count)
        const before = zones.map((zone) => there.filter((each) => each === zone).length)
        const after = zones.map(
          (zone, index) => (before[index] ?? 0) + chosen.filter((each) => each === zone).length,
        )
        const filled = after.filter((machines, index) => machines > (before[index] ?? 0))
        if (filled.length > 0) {
          expect(Math.max(...filled) - Math.min(...after)).toBeLessThanOrEqual(1)
        }
      }),
    )
  })

  it('gives the same plan whatever order the cloud lists its zones in', () => {
    const zones = ['a', 'b', 'c', 'd', 'e']
    const shuffled = fc.shuffledSubarray(zones, { minLength: 5 })
    fc.assert(
      fc.property(shuffled, (other) => {
        expect(spreadOverZones(7, other, ['b'])).toEqual(spreadOverZones(7, zones, ['b']))
      }),
    )
  })
})
