import { BlockList } from 'node:net'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { freeRange } from '../src/ranges.ts'

test('a range is private, and the same for the same name', () => {
  const range = freeRange('kontena-demo', [])
  expect(range).toMatch(/^172\.16\.\d+\.0\/22$/)
  expect(freeRange('kontena-demo', [])).toBe(range)
})

test('different names mostly begin at different places', () => {
  const names = Array.from({ length: 20 }, (_, index) => `kontena-${index}`)
  expect(new Set(names.map((name) => freeRange(name, []))).size).toBeGreaterThan(10)
})

test('a range touches none that is taken', () => {
  const octet = fc.integer({ min: 0, max: 255 })
  const taken = fc
    .tuple(
      fc.constantFrom('172.16', '192.168', '10.0'),
      octet,
      octet,
      fc.integer({ min: 8, max: 32 }),
    )
    .map(([prefix, third, fourth, bits]) => `${prefix}.${third}.${fourth}/${bits}`)
  fc.assert(
    fc.property(fc.string(), fc.array(taken, { maxLength: 40 }), (name, ranges) => {
      const range = freeRange(name, ranges)
      if (range === undefined) return
      const own = blockOf(range)
      for (const other of ranges) {
        const [address = ''] = other.split('/')
        expect(own.check(address)).toBe(false)
        expect(blockOf(other).check(range.split('/')[0] ?? '')).toBe(false)
      }
    }),
  )
})

test('IPv6 and what is no range take nothing', () => {
  expect(freeRange('x', ['2a04:3545::/64', 'nonsense', '172.16.0.0'])).toBe(freeRange('x', []))
})

test('where all of one block is taken the other has room', () => {
  expect(freeRange('x', ['172.16.0.0/12'])).toBe('192.168.0.0/22')
})

test('where all is taken there is none', () => {
  expect(freeRange('x', ['172.16.0.0/16', '192.168.0.0/16'])).toBe(undefined)
})

function blockOf(range: string): BlockList {
  const [address = '', bits = ''] = range.split('/')
  const list = new BlockList()
  list.addSubnet(address, Number(bits))
  return list
}
