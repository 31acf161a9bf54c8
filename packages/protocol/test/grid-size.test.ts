import { describe, expect, it } from 'vitest'
import { explainGridSize, nodesPerGrid } from '../src/grid-size.ts'

describe('nodesPerGrid', () => {
  it.each([
    ['10.81.0.0/16', 254],
    ['10.81.7.7/16', 254],
    ['10.82.0.0/16', 32_767],
    ['10.81.0.0/17', 16_383],
    ['192.168.0.0/24', 127],
    ['192.168.0.0/31', 0],
    ['192.168.0.0/32', 0],
    ['no subnet', 254],
  ])('of %s is %i', (subnet, most) => {
    expect(nodesPerGrid(subnet)).toBe(most)
  })

  it('tells why the default subnet holds less than others of its size', () => {
    expect(explainGridSize('10.81.0.0/16')).toBe(
      'its subnet 10.81.0.0/16 holds 254, as with 1.5; a grid with another subnet of that size holds more',
    )
    expect(explainGridSize('192.168.0.0/24')).toBe('its subnet 192.168.0.0/24 holds 127')
  })
})
