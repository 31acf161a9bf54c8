import type { SecurityRule } from '@azure/arm-network'
import type { NetworkPolicy, PortRule } from '@kontena/core'
import { digest } from './names.ts'

/** One inbound rule as a policy wants it, before it has a place among the others. */
export interface WantedRule {
  readonly protocol: 'Tcp' | 'Udp' | 'Esp' | '*'
  /** A port, a range, or `*`. */
  readonly ports: string
  /** The grid's nodes, ranges of one family, or an Azure service tag. */
  readonly from: 'grid' | readonly string[]
  readonly access: 'Allow' | 'Deny'
}

/** Azure has words for protocols; ESP's ports are all, as it has none (NSG API). */
const protocols = { tcp: 'Tcp', udp: 'Udp', esp: 'Esp' } as const

/**
 * The policy as inbound rules. Azure admits the whole virtual network by a rule of its own (65000,
 * `AllowVnetInBound`), so that what only nodes may reach, and all that is not named, is denied before.
 */
export function wantedRules(policy: NetworkPolicy): WantedRule[] {
  const rules = [...policy.rules.flatMap(allowed), ...denied]
  // A port may be asked for twice, as --open 22/tcp beside SSH itself.
  return [...new Map(rules.map((rule) => [wantedKey(rule), rule])).values()]
}

const network = ['VirtualNetwork'] as const
const denied: readonly WantedRule[] = [
  { protocol: '*', ports: '6783-6784', from: network, access: 'Deny' },
  { protocol: 'Esp', ports: '*', from: network, access: 'Deny' },
  { protocol: '*', ports: '*', from: network, access: 'Deny' },
]

function allowed(rule: PortRule): WantedRule[] {
  const base = {
    protocol: protocols[rule.protocol],
    ports: portsOf(rule),
    access: 'Allow',
  } as const
  return sourcesOf(rule).map((from) => ({ ...base, from }))
}

function portsOf({ ports }: PortRule): string {
  if (ports === undefined) return '*'
  const [first, last] = ports
  return first === last ? `${first}` : `${first}-${last}`
}

/** A rule of Azure has ranges of one family only; anywhere is one word for both. */
function sourcesOf({ from }: PortRule): WantedRule['from'][] {
  if (from === 'grid') return ['grid']
  if (from.includes('0.0.0.0/0') && from.includes('::/0')) return [['*']]
  const six = from.filter((range) => range.includes(':'))
  const four = from.filter((range) => !range.includes(':'))
  return [four, six].filter((ranges) => ranges.length > 0)
}

/** Wanted rules that none of a group's has. */
export function missingRules(
  wanted: readonly WantedRule[],
  existing: readonly SecurityRule[],
  nodes: string,
): WantedRule[] {
  const keys = new Set(existing.map((rule) => existingKey(rule, nodes)))
  return wanted.filter((rule) => !keys.has(wantedKey(rule)))
}

/** Rules of a group that admit what the policy does not ask for. */
export function widerRules(
  wanted: readonly WantedRule[],
  existing: readonly SecurityRule[],
  nodes: string,
): SecurityRule[] {
  const keys = new Set(wanted.map(wantedKey))
  return existing.filter(
    (rule) =>
      rule.access === 'Allow' &&
      rule.direction === 'Inbound' &&
      !keys.has(existingKey(rule, nodes)),
  )
}

/** Allowed rules come from here on, denied ones before the end (Azure takes 100 to 4096). */
const firstAllowed = 100
const lastPriority = 4_096

/** Rules with names and priorities that are free: denied ones stand below whatever is allowed. */
export function placeRules(
  missing: readonly WantedRule[],
  existing: readonly SecurityRule[],
  nodes: string,
): SecurityRule[] {
  const taken = new Set(
    existing
      .filter(({ direction }) => direction !== 'Outbound')
      .flatMap(({ priority }) => priority ?? []),
  )
  const free = (start: number, step: 1 | -1): number => {
    let priority = start
    while (taken.has(priority)) priority += step
    taken.add(priority)
    return priority
  }
  const places = new Map<WantedRule, number>()
  for (const rule of missing) if (rule.access === 'Allow') places.set(rule, free(firstAllowed, 1))
  // From the end backwards, so that the widest of them comes last.
  for (const rule of missing.toReversed()) {
    if (rule.access === 'Deny') places.set(rule, free(lastPriority, -1))
  }
  return missing.map((rule) => toSecurityRule(rule, places.get(rule) ?? lastPriority, nodes))
}

function toSecurityRule(rule: WantedRule, priority: number, nodes: string): SecurityRule {
  const { protocol, ports, from, access } = rule
  const group = [{ id: nodes }]
  return {
    name: ruleName(rule),
    direction: 'Inbound',
    access,
    priority,
    protocol,
    sourcePortRange: '*',
    destinationPortRange: ports,
    ...sourceFields(from, group),
    ...(from === 'grid'
      ? { destinationApplicationSecurityGroups: group }
      : { destinationAddressPrefix: '*' }),
  }
}

function sourceFields(from: WantedRule['from'], group: { id: string }[]): Partial<SecurityRule> {
  if (from === 'grid') return { sourceApplicationSecurityGroups: group }
  const [only] = from
  return from.length === 1 ? { sourceAddressPrefix: only } : { sourceAddressPrefixes: [...from] }
}

/** Of a rule (NSG API). */
const longestName = 80

/** The same for the same rule, so that two commands that add it make one. */
function ruleName(rule: WantedRule): string {
  const { protocol, ports, from, access } = rule
  const source = from === 'grid' ? 'grid' : from.join('-').replaceAll('*', 'any')
  const what = ports === '*' ? 'all' : ports
  const kind = protocol === '*' ? 'any' : protocol.toLowerCase()
  const name = `${access.toLowerCase()}-${kind}-${what}-from-${source}`
  const plain = name.replaceAll('/', '_').replaceAll(':', '.')
  return plain.length <= longestName
    ? plain
    : `${plain.slice(0, longestName - 7)}-${digest(plain, 6)}`
}

/** A rule as people read it, in the plan's warnings. */
export function describeSecurityRule(rule: SecurityRule): string {
  const ports = [rule.destinationPortRange ?? '', ...(rule.destinationPortRanges ?? [])]
  const sources = [
    rule.sourceAddressPrefix ?? '',
    ...(rule.sourceAddressPrefixes ?? []),
    ...(rule.sourceApplicationSecurityGroups?.length ? ['a group'] : []),
  ]
  const shown = ports.filter((one) => one !== '' && one !== '*').join(', ')
  const protocol = rule.protocol === '*' ? 'all protocols' : rule.protocol?.toLowerCase()
  const from = sources.filter((one) => one !== '').join(', ')
  return `${protocol}${shown === '' ? '' : ` ${shown}`} from ${from === '*' ? 'anywhere' : from}`
}

function wantedKey({ protocol, ports, from, access }: WantedRule): string {
  const source = from === 'grid' ? 'grid' : from.map(lowerRange).toSorted().join(',')
  return [access, protocol.toLowerCase(), ports, source].join(' ')
}

function existingKey(rule: SecurityRule, nodes: string): string {
  const isGrid =
    rule.sourceApplicationSecurityGroups?.some(({ id }) => sameId(id, nodes)) === true &&
    rule.destinationApplicationSecurityGroups?.some(({ id }) => sameId(id, nodes)) === true
  const prefixes = [rule.sourceAddressPrefix ?? '', ...(rule.sourceAddressPrefixes ?? [])]
  const source = prefixes.filter((one) => one !== '').map(lowerRange)
  const ports = [rule.destinationPortRange ?? '', ...(rule.destinationPortRanges ?? [])]
  return [
    rule.access,
    rule.protocol?.toLowerCase(),
    ports.filter((one) => one !== '').join(','),
    isGrid ? 'grid' : source.toSorted().join(','),
  ].join(' ')
}

function lowerRange(range: string): string {
  return range.toLowerCase()
}

function sameId(a: string | undefined, b: string): boolean {
  return a?.toLowerCase() === b.toLowerCase()
}
