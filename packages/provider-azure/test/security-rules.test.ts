import { networkPolicy } from '@kontena/core'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  describeSecurityRule,
  missingRules,
  placeRules,
  wantedRules,
  widerRules,
} from '../src/security-rules.ts'

const nodes =
  '/subscriptions/s/resourceGroups/g/providers/Microsoft.Network/applicationSecurityGroups/n'
const policy = networkPolicy({ open: ['80/tcp'] })

function rulesOf(options: Parameters<typeof networkPolicy>[0] = { open: ['80/tcp'] }) {
  return placeRules(wantedRules(networkPolicy(options)), [], nodes)
}

test('the table of ports comes out as inbound rules, nodes only among themselves', () => {
  const lines = rulesOf().map((rule) =>
    [
      rule.priority,
      rule.access,
      rule.protocol,
      rule.destinationPortRange,
      rule.sourceApplicationSecurityGroups ? 'nodes' : rule.sourceAddressPrefix,
      rule.destinationApplicationSecurityGroups ? 'nodes' : rule.destinationAddressPrefix,
    ].join(' '),
  )
  expect(lines).toMatchInlineSnapshot(`
    [
      "100 Allow Tcp 6783-6784 nodes nodes",
      "101 Allow Udp 6783-6784 nodes nodes",
      "102 Allow Esp * nodes nodes",
      "103 Allow Tcp 1194 * *",
      "104 Allow Udp 1194 * *",
      "105 Allow Tcp 22 * *",
      "106 Allow Tcp 80 * *",
      "4094 Deny * 6783-6784 VirtualNetwork *",
      "4095 Deny Esp * VirtualNetwork *",
      "4096 Deny * * VirtualNetwork *",
    ]
  `)
})

test('every rule has a name that Azure takes, and one of its own', () => {
  const names = rulesOf({
    sshFrom: ['203.0.113.0/24', '2001:db8::/32', '198.51.100.7/32'],
    vpnFrom: Array.from({ length: 30 }, (_, index) => `10.0.${index}.0/24`),
    open: ['80/tcp', '80/udp', '8000-8010/tcp'],
  }).map(({ name }) => name ?? '')
  for (const name of names) expect(name).toMatch(/^[a-z0-9]([\w.-]{0,78}\w)?$/)
  expect(new Set(names).size).toBe(names.length)
})

test('ranges of both families never stand in one rule', () => {
  const rules = rulesOf({ sshFrom: ['203.0.113.0/24', '2001:db8::/32'] })
  const ssh = rules.filter(({ destinationPortRange }) => destinationPortRange === '22')
  expect(ssh.map(({ sourceAddressPrefix }) => sourceAddressPrefix)).toEqual([
    '203.0.113.0/24',
    '2001:db8::/32',
  ])
})

describe('a firewall that is there', () => {
  test('lacks nothing of what it was made with, as Azure spells it back', () => {
    const existing = rulesOf().map((rule) => ({
      ...rule,
      ...(rule.sourceApplicationSecurityGroups && {
        sourceApplicationSecurityGroups: [{ id: nodes.toUpperCase() }],
        destinationApplicationSecurityGroups: [{ id: nodes.toUpperCase() }],
      }),
    }))
    expect(missingRules(wantedRules(policy), existing, nodes)).toEqual([])
    expect(widerRules(wantedRules(policy), existing, nodes)).toEqual([])
  })

  test('gets what it lacks at priorities that are free, denials still last', () => {
    const existing = [
      ...rulesOf().filter(({ priority = 0 }) => priority !== 102 && priority < 4_095),
      { name: 'mine', direction: 'Inbound', access: 'Allow', priority: 107, protocol: 'Tcp' },
    ]
    const missing = missingRules(
      wantedRules(networkPolicy({ open: ['80/tcp', '443/tcp'] })),
      existing,
      nodes,
    )
    const placed = placeRules(missing, existing, nodes)
    expect(placed.map(({ priority, access, protocol }) => [priority, access, protocol])).toEqual([
      [102, 'Allow', 'Esp'],
      [108, 'Allow', 'Tcp'],
      [4_095, 'Deny', 'Esp'],
      [4_096, 'Deny', '*'],
    ])
  })

  test('that admits more than asked is told, denials and outbound rules are not', () => {
    const other = { direction: 'Inbound', protocol: 'Tcp', destinationPortRange: '9000' }
    const existing = [
      ...rulesOf(),
      { ...other, access: 'Allow', sourceAddressPrefix: '*' },
      { ...other, access: 'Deny', sourceAddressPrefix: '*' },
      { ...other, access: 'Allow', sourceAddressPrefix: '*', direction: 'Outbound' },
    ]
    const wider = widerRules(wantedRules(policy), existing, nodes)
    expect(wider.map(describeSecurityRule)).toEqual(['tcp 9000 from anywhere'])
  })

  test('with the rules of the grid open to another group is not taken for ours', () => {
    const foreign = [{ id: nodes.replace(/n$/, 'other') }]
    const existing = rulesOf().map((rule) =>
      rule.sourceApplicationSecurityGroups
        ? { ...rule, sourceApplicationSecurityGroups: foreign }
        : rule,
    )
    expect(missingRules(wantedRules(policy), existing, nodes)).toHaveLength(3)
    expect(widerRules(wantedRules(policy), existing, nodes)).toHaveLength(3)
  })
})

test('whatever order adds its ports, no two rules share a priority and none is added twice', () => {
  const port = fc.integer({ min: 1, max: 40 }).map((number) => `${number}/tcp`)
  fc.assert(
    fc.property(fc.array(fc.array(port, { maxLength: 6 }), { maxLength: 5 }), (orders) => {
      const rules: ReturnType<typeof placeRules> = []
      for (const open of orders) {
        const wanted = wantedRules(networkPolicy({ open }))
        rules.push(...placeRules(missingRules(wanted, rules, nodes), rules, nodes))
      }
      const priorities = rules.map(({ priority }) => priority)
      const names = rules.map(({ name }) => name)
      expect(new Set(priorities).size).toBe(priorities.length)
      expect(new Set(names).size).toBe(names.length)
      const allows = rules.filter(({ access }) => access === 'Allow')
      const denies = rules.filter(({ access }) => access === 'Deny')
      for (const { priority = 0 } of allows) {
        expect(denies.every((deny) => (deny.priority ?? 0) > priority)).toBe(true)
      }
    }),
  )
})
