import { describe, expect, test } from 'vitest'
import {
  nextAddress,
  normalizeIpv4Range,
  normalizeIpv6Range,
  usableAddresses,
} from '../../src/ec2/networks/addresses.ts'

describe('a subnet', () => {
  test('keeps five addresses to itself and hands out the rest, lowest first', () => {
    const taken = new Set<string>()
    for (let address = nextAddress('10.0.0.248/29', taken); address !== undefined; ) {
      taken.add(address)
      address = nextAddress('10.0.0.248/29', taken)
    }
    expect([...taken]).toEqual(['10.0.0.252', '10.0.0.253', '10.0.0.254'])
    expect(usableAddresses('10.0.0.248/29')).toBe(3)
    taken.delete('10.0.0.253')
    expect(nextAddress('10.0.0.248/29', taken)).toBe('10.0.0.253')
  })
  test('goes on past the end of an octet', () => {
    const taken = new Set(Array.from({ length: 252 }, (_, index) => `10.0.0.${index + 4}`))
    expect(nextAddress('10.0.0.0/20', taken)).toBe('10.0.1.0')
  })
})

describe('a range', () => {
  test.each([
    ['10.1.2.3/8', '10.0.0.0/8'],
    ['255.255.255.255/32', '255.255.255.255/32'],
    ['0.0.0.0/0', '0.0.0.0/0'],
    ['10.0.0.0/33', undefined],
    ['10.0.0.0', undefined],
    ['10.0.0/8', undefined],
    ['10.0.0.0/8/8', undefined],
  ])('of IPv4 is stored without host bits: %s', (given, stored) => {
    expect(normalizeIpv4Range(given)).toBe(stored)
  })
  test.each([
    ['::/0', '::/0'],
    ['2001:DB8:0:0::1/128', '2001:db8::1/128'],
    ['fe80::1%eth0/64', undefined],
    ['::/129', undefined],
    ['10.0.0.0/8', undefined],
  ])('of IPv6 is stored in its short form: %s', (given, stored) => {
    expect(normalizeIpv6Range(given)).toBe(stored)
  })
})
