import { describe, expect, test } from 'vitest'
import { contains, formatIpv4, isPrivate, overlap, parseIpv4, parseIpv4Block } from '../src/ipv4.ts'

function block(cidr: string) {
  const parsed = parseIpv4Block(cidr)
  if (parsed === undefined) throw new Error(`${cidr} is no block`)
  return parsed
}

test.each(['0.0.0.0', '10.114.0.2', '255.255.255.255'])('%s is the same as a number', (address) => {
  expect(formatIpv4(parseIpv4(address))).toBe(address)
})

test.each(['10.0.0.0', '10.0.0.1/24', '10.0.0.0/33', '10.0.256.0/24', '10.0.0/24', '::/0', ''])(
  '%s is no block',
  (text) => {
    expect(parseIpv4Block(text)).toBeUndefined()
  },
)

describe('a block', () => {
  test('begins with its first address and ends before the next block', () => {
    const { start, end, prefix } = block('10.0.0.0/30')
    expect([formatIpv4(start), formatIpv4(end), prefix]).toEqual(['10.0.0.0', '10.0.0.4', 30])
  })
  test.each([
    ['10.0.0.0/24', '10.0.0.0/25', true],
    ['10.0.0.128/25', '10.0.0.0/24', true],
    ['10.0.0.0/25', '10.0.0.128/25', false],
    ['0.0.0.0/0', '203.0.113.7/32', true],
  ])('%s and %s overlap: %s', (one, other, expected) => {
    expect(overlap(block(one), block(other))).toBe(expected)
    expect(overlap(block(other), block(one))).toBe(expected)
  })
  test('contains what lies in it whole', () => {
    expect(contains(block('10.0.0.0/8'), block('10.114.0.0/20'))).toBe(true)
    expect(contains(block('10.114.0.0/20'), block('10.0.0.0/8'))).toBe(false)
  })
  test.each([
    ['10.0.0.0/8', true],
    ['172.16.0.0/12', true],
    ['192.168.7.0/24', true],
    ['172.32.0.0/12', false],
    ['192.168.0.0/15', false],
    ['8.8.8.0/24', false],
  ])('%s is private: %s', (cidr, expected) => {
    expect(isPrivate(block(cidr))).toBe(expected)
  })
})
