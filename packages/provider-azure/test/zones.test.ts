import { expect, test } from 'vitest'
import { requireSize, type Size, zonesOf } from '../src/sizes.ts'
import { zoneName, zoneNumber } from '../src/zones.ts'

test('a zone is labelled with its location, and told apart from a location without zones', () => {
  expect(zoneName('westeurope', ['2'])).toBe('westeurope-2')
  expect(zoneName('westeurope', [])).toBeUndefined()
  expect(zoneName('westeurope', undefined)).toBeUndefined()
  expect(zoneNumber('westeurope', 'westeurope-2')).toBe('2')
  expect(zoneNumber('westeurope', 'westeurope')).toBeUndefined()
})

function size(changes: Partial<Size> = {}): Size {
  return {
    name: 'Standard_B2s',
    family: 'standardBSFamily',
    vcpus: 2,
    memoryGib: 4,
    architecture: 'amd64',
    generations: ['V1', 'V2'],
    hasPremium: true,
    zones: ['1', '2'],
    closedZones: ['3'],
    isClosed: false,
    ...changes,
  }
}

test('an order goes to all zones that have the size, to the given one, or to the location', () => {
  expect(zonesOf(size(), 'westeurope', undefined)).toEqual(['westeurope-1', 'westeurope-2'])
  expect(zonesOf(size(), 'westeurope', '2')).toEqual(['westeurope-2'])
  expect(zonesOf(size({ zones: [] }), 'westus', undefined)).toEqual(['westus'])
})

test.each([
  ['3', size(), 'NO_CAPACITY', '--zone 1 or 2'],
  ['3', size({ closedZones: [] }), 'BAD_OPTIONS', '--zone 1 or 2'],
  ['1', size({ zones: [], closedZones: [] }), 'BAD_OPTIONS', 'leave --zone out'],
])('zone %s that a size lacks is told with what it has', (zone, has, code, hint) => {
  expect(failureOf(() => zonesOf(has, 'westeurope', zone))).toMatchObject({
    code,
    hint: expect.stringContaining(hint),
  })
})

test('a size is found in any case', () => {
  expect(requireSize([size()], 'standard_b2S', 'westeurope').name).toBe('Standard_B2s')
})

test('an unknown size is told with what was probably meant', () => {
  expect(failureOf(() => requireSize([size()], 'Standard_B2z', 'westeurope'))).toMatchObject({
    code: 'NOT_FOUND',
    hint: expect.stringContaining('Standard_B2s'),
  })
})

test('a size that is closed to the subscription is told with others like it', () => {
  const sizes = [size({ isClosed: true }), size({ name: 'Standard_B2ms' })]
  expect(failureOf(() => requireSize(sizes, 'Standard_B2s', 'westeurope'))).toMatchObject({
    code: 'NO_CAPACITY',
    hint: expect.stringContaining('Standard_B2ms'),
  })
})

function failureOf(act: () => unknown): unknown {
  try {
    act()
  } catch (error) {
    return error
  }
  return undefined
}
