import fc from 'fast-check'
import { expect, test } from 'vitest'
import { canonicalCidr } from '../src/cidr.ts'

test.each([
  ['0.0.0.0/0', '0.0.0.0/0'],
  ['203.0.113.9/24', '203.0.113.0/24'],
  ['203.0.113.9/32', '203.0.113.9/32'],
  ['203.0.113.255/31', '203.0.113.254/31'],
  ['10.200.3.4/9', '10.128.0.0/9'],
  ['::/0', '::/0'],
  ['2001:DB8::1/32', '2001:db8::/32'],
  ['2001:db8:0:0:0:0:0:1/128', '2001:db8::1/128'],
  ['2001:db8:ffff:ffff::/47', '2001:db8:fffe::/47'],
  ['fe80::1:2:3:4/10', 'fe80::/10'],
  ['::ffff:1.2.3.4/128', '::ffff:102:304/128'],
])('%s is %s to EC2', (range, canonical) => {
  expect(canonicalCidr(range)).toBe(canonical)
})

test('a range in its canonical form stays as it is', () => {
  const ranges = fc.oneof(
    fc.tuple(fc.ipV4(), fc.integer({ min: 0, max: 32 })),
    fc.tuple(fc.ipV6(), fc.integer({ min: 0, max: 128 })),
  )
  fc.assert(
    fc.property(ranges, ([address, length]) => {
      const once = canonicalCidr(`${address}/${length}`)
      expect(canonicalCidr(once)).toBe(once)
    }),
  )
})
