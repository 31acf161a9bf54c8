import { expect, test } from 'vitest'
import { networkPolicy } from '../../src/network-policy.ts'
import { spellRules } from '../../src/testing/rules.ts'

test('rules are told one by one, however a cloud joins them', () => {
  const joined = spellRules([
    { protocol: 'tcp', ports: [6783, 6784], from: 'grid' },
    { protocol: 'tcp', ports: [22, 22], from: ['0.0.0.0/0', '::/0'] },
  ])
  const split = spellRules([
    { protocol: 'tcp', ports: [22, 22], from: ['::/0'] },
    { protocol: 'tcp', ports: [6784, 6784], from: 'grid' },
    { protocol: 'tcp', ports: [22, 22], from: ['0.0.0.0/0'] },
    { protocol: 'tcp', ports: [6783, 6783], from: 'grid' },
  ])
  expect(joined).toEqual(split)
  expect(joined).toEqual([
    'tcp from 0.0.0.0/0: 22-22',
    'tcp from ::/0: 22-22',
    'tcp from the grid: 6783-6784',
  ])
})

test.each([
  ['a wider range', { protocol: 'tcp', ports: [6780, 6784], from: 'grid' }],
  ['another source', { protocol: 'tcp', ports: [6783, 6784], from: ['0.0.0.0/0'] }],
  ['another protocol', { protocol: 'udp', ports: [6783, 6784], from: 'grid' }],
] as const)('%s is another rule', (_what, rule) => {
  const wanted = spellRules([{ protocol: 'tcp', ports: [6783, 6784], from: 'grid' }])
  expect(spellRules([{ ...rule }])).not.toEqual(wanted)
})

test('ranges that overlap are one, and those apart are two', () => {
  const rule = { protocol: 'tcp', from: 'grid' } as const
  const ranges: [number, number][] = [
    [90, 99],
    [80, 95],
    [200, 300],
  ]
  expect(spellRules(ranges.map((ports) => ({ ...rule, ports })))).toEqual([
    'tcp from the grid: 80-99 200-300',
  ])
})

test('a policy is spelled as a firewall would tell it', () => {
  expect(spellRules(networkPolicy({ vpnFrom: 'none' }).rules)).toMatchInlineSnapshot(`
    [
      "esp from the grid: 0-65535",
      "tcp from 0.0.0.0/0: 22-22",
      "tcp from ::/0: 22-22",
      "tcp from the grid: 6783-6784",
      "udp from the grid: 6783-6784",
    ]
  `)
})
