import { z } from 'zod'
import type { SecurityRule } from '../resources.ts'
import { readOnly, reference } from '../wire/body.ts'
import { badRequest } from '../wire/errors.ts'

const ports = z.string().optional()
const prefixes = z.array(z.string()).optional()

export const ruleProperties = z.strictObject({
  description: z.string().max(140).optional(),
  protocol: z.string(),
  sourcePortRange: ports,
  sourcePortRanges: prefixes,
  destinationPortRange: ports,
  destinationPortRanges: prefixes,
  sourceAddressPrefix: z.string().optional(),
  sourceAddressPrefixes: prefixes,
  sourceApplicationSecurityGroups: z.array(reference).optional(),
  destinationAddressPrefix: z.string().optional(),
  destinationAddressPrefixes: prefixes,
  destinationApplicationSecurityGroups: z.array(reference).optional(),
  access: z.enum(['Allow', 'Deny']),
  priority: z.number().int(),
  direction: z.enum(['Inbound', 'Outbound']),
  provisioningState: readOnly,
})
export type RuleProperties = z.output<typeof ruleProperties>

const protocols = ['Tcp', 'Udp', 'Icmp', 'Esp', 'Ah', '*']

/**
 * Protocols without ports take only `*` for them; a range is one port or two in order.
 *
 * @throws ArmError
 */
export function checkRule(name: string, rule: RuleProperties): RuleProperties {
  const protocol = protocols.find((one) => one.toLowerCase() === rule.protocol.toLowerCase())
  if (protocol === undefined) {
    throw badRequest(
      'SecurityRuleInvalidProtocol',
      `Security rule ${name} has invalid Protocol. Value provided: ${rule.protocol}. Supported values: ${protocols.join(', ')}.`,
    )
  }
  if (rule.priority < 100 || rule.priority > 4096) {
    throw badRequest(
      'SecurityRuleInvalidPriority',
      `Security rule has invalid Priority. Value provided: ${rule.priority} Allowed range 100-4096.`,
    )
  }
  checkPorts(name, protocol, rule)
  checkEnds(name, rule)
  return { ...rule, protocol }
}

function checkPorts(name: string, protocol: string, rule: RuleProperties): void {
  const hasPorts = protocol === 'Tcp' || protocol === 'Udp' || protocol === '*'
  const sides = [
    ['SourcePortRange', rule.sourcePortRange, rule.sourcePortRanges],
    ['DestinationPortRange', rule.destinationPortRange, rule.destinationPortRanges],
  ] as const
  for (const [side, one, several = []] of sides) {
    const ranges = one === undefined || one === '' ? several : [one, ...several]
    if (ranges.length === 0) {
      throw badRequest(
        'SecurityRuleParameterNotSpecified',
        `Required security rule parameter ${side} is not specified in rule ${name}.`,
      )
    }
    for (const range of ranges) {
      if (range === '*' || (hasPorts && isRange(range))) continue
      throw badRequest(
        'SecurityRuleInvalidPortRange',
        `Security rule has invalid Port range. Value provided: ${range}. Value should be an integer OR integer range ` +
          'with - delimiter. Valid range 0-65535.',
      )
    }
  }
}

function isRange(text: string): boolean {
  const [, first = '', last = first] = /^(\d{1,5})(?:-(\d{1,5}))?$/.exec(text) ?? []
  return first !== '' && Number(first) <= Number(last) && Number(last) <= 65_535
}

function checkEnds(name: string, rule: RuleProperties): void {
  const sides = [
    [
      'SourceAddressPrefix',
      rule.sourceAddressPrefix,
      rule.sourceAddressPrefixes,
      rule.sourceApplicationSecurityGroups,
    ],
    [
      'DestinationAddressPrefix',
      rule.destinationAddressPrefix,
      rule.destinationAddressPrefixes,
      rule.destinationApplicationSecurityGroups,
    ],
  ] as const
  for (const [side, prefix, several = [], groups = []] of sides) {
    const given = [prefix !== undefined && prefix !== '', several.length > 0, groups.length > 0]
    if (given.filter(Boolean).length === 1) continue
    throw badRequest(
      'SecurityRuleParameterNotSpecified',
      `Security rule ${name} must specify exactly one of ${side}, ${side}es and application security groups.`,
    )
  }
}

/** @throws ArmError where two rules of a direction share a priority */
export function checkPriorities(rules: Iterable<Pick<SecurityRule, 'name' | 'properties'>>): void {
  const seen = new Map<string, string>()
  for (const { name, properties } of rules) {
    const place = `${properties.direction}:${properties.priority}`
    const other = seen.get(place)
    if (other !== undefined) {
      throw badRequest(
        'SecurityRuleConflict',
        `Security rule ${name} conflicts with rule ${other}. Rules cannot have the same Priority and Direction. ` +
          'To learn more, see aka.ms/nsgrules.',
      )
    }
    seen.set(place, name)
  }
}
