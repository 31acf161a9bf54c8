import { isIPv4, isIPv6 } from 'node:net'
import { z } from 'zod'
import { parseIpv4 } from '../../ipv4.ts'
import { badRequest } from '../refusals.ts'

const port = z.string().regex(/^(\d{1,5})?$/)
const address = z.string()

/** One rule as it is given; an empty attribute means any. */
export const ruleInput = z.strictObject({
  action: z.enum(['accept', 'drop']),
  direction: z.enum(['in', 'out']),
  family: z.enum(['IPv4', 'IPv6', '']).default(''),
  protocol: z.enum(['tcp', 'udp', 'icmp', '']).default(''),
  icmp_type: z.string().default(''),
  comment: z.string().max(250).default(''),
  position: z.string().optional(),
  source_address_start: address.default(''),
  source_address_end: address.default(''),
  source_port_start: port.default(''),
  source_port_end: port.default(''),
  destination_address_start: address.default(''),
  destination_address_end: address.default(''),
  destination_port_start: port.default(''),
  destination_port_end: port.default(''),
})
export type FirewallRule = z.output<typeof ruleInput>

/** Throws Refusal for what no rule can be. */
export function checkRule(rule: FirewallRule): void {
  for (const end of ['source', 'destination'] as const) {
    checkPorts(rule, end)
    checkAddresses(rule, end)
  }
  if (rule.icmp_type !== '' && rule.protocol !== 'icmp') {
    throw badRequest('ICMP_TYPE_PROTOCOL_MISMATCH', 'An ICMP type can be given for ICMP only.')
  }
}

function checkPorts(rule: FirewallRule, end: 'source' | 'destination'): void {
  const ports = [rule[`${end}_port_start`], rule[`${end}_port_end`]] as const
  if (ports.join('') !== '' && rule.protocol !== 'tcp' && rule.protocol !== 'udp') {
    throw badRequest('PORT_PROTOCOL_MISMATCH', 'Ports can be given for TCP and UDP only.')
  }
  checkOrder(`${end}_port`, ports, Number)
}

/** An empty family means IPv4 where there is an address. */
function checkAddresses(rule: FirewallRule, end: 'source' | 'destination'): void {
  const isAddress = rule.family === 'IPv6' ? isIPv6 : isIPv4
  for (const edge of ['start', 'end'] as const) {
    const name = `${end}_address_${edge}` as const
    if (rule[name] === '' || isAddress(rule[name])) continue
    throw badRequest(`${name.toUpperCase()}_INVALID`, `The attribute ${name} is invalid.`)
  }
  if (rule.family === 'IPv6') return
  checkOrder(
    `${end}_address`,
    [rule[`${end}_address_start`], rule[`${end}_address_end`]],
    parseIpv4,
  )
}

function checkOrder(
  name: string,
  [start, end]: readonly [string, string],
  rank: (text: string) => number,
): void {
  if (start === '' || end === '' || rank(start) <= rank(end)) return
  throw badRequest(
    `${name.toUpperCase()}_ORDER_ILLEGAL`,
    `The ${name} range ends before it starts.`,
  )
}

/** All attributes, empty or not, and the position as text. */
export function ruleView(rule: FirewallRule, index: number) {
  return { ...rule, position: String(index + 1) }
}
