import { describe, expect, it } from 'vitest'
import { overlayAddress, parseIpv4Range } from '../../src/grid/ipv4-range.ts'

describe('parseIpv4Range', () => {
  it.each([
    ['10.81.0.0/16', { first: 0x0a51_0000, prefix: 16 }],
    ['10.81.3.4/16', { first: 0x0a51_0000, prefix: 16 }],
    ['192.168.1.1', { first: 0xc0a8_0101, prefix: 32 }],
    ['0.0.0.0/0', { first: 0, prefix: 0 }],
    ['255.255.255.255/32', { first: 0xffff_ffff, prefix: 32 }],
  ])('reads %s', (text, range) => {
    expect(parseIpv4Range(text)).toEqual(range)
  })

  it.each(['', '10.0.0', '10.0.0.256/8', '10.0.0.0/33', '10.0.0.0/', '10.0.0.0/8/8', 'fd00::/8'])(
    'reads no range in %j',
    (text) => {
      expect(parseIpv4Range(text)).toBeUndefined()
    },
  )
})

describe('overlayAddress', () => {
  it.each([
    ['10.81.0.0/16', 7, '10.81.0.7'],
    ['10.81.3.0/16', 254, '10.81.0.254'],
    ['192.168.200.0/24', 1, '192.168.200.1'],
    ['255.255.255.0/24', 254, '255.255.255.254'],
  ])('of %s and %i', (subnet, number, address) => {
    expect(overlayAddress(subnet, number)).toBe(address)
  })

  it('is none where the subnet is none', () => {
    expect(overlayAddress('fd00::/64', 1)).toBeUndefined()
  })
})
