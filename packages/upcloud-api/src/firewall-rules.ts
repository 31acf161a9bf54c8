import { z } from 'zod'
import type { CallOptions, Transport } from './transport.ts'
import { optionalText, wholeList } from './values.ts'

/** A rule of a server's own firewall; what is absent means any. */
export interface FirewallRule {
  readonly direction: 'in' | 'out'
  readonly action: 'accept' | 'drop' | 'reject'
  readonly family?: string | undefined
  readonly protocol?: string | undefined
  readonly comment?: string | undefined
  readonly sourceAddresses?: Range | undefined
  readonly destinationAddresses?: Range | undefined
  readonly sourcePorts?: Range | undefined
  readonly destinationPorts?: Range | undefined
}

/** First and last, both included. */
export type Range = readonly [string, string]

/**
 * The classic firewall: stateless, of public and utility interfaces only, first match wins. It acts while
 * the server's `firewall` is on.
 */
export interface FirewallRulesApi {
  list(server: string, options?: CallOptions): Promise<readonly FirewallRule[]>
  /** All rules of the server, in order, instead of those there are. */
  replace(server: string, rules: readonly FirewallRule[], options?: CallOptions): Promise<void>
}

const firewallRule = z
  .object({
    direction: z.enum(['in', 'out']),
    action: z.enum(['accept', 'drop', 'reject']),
    family: optionalText,
    protocol: optionalText,
    comment: optionalText,
    source_address_start: optionalText,
    source_address_end: optionalText,
    source_port_start: optionalText,
    source_port_end: optionalText,
    destination_address_start: optionalText,
    destination_address_end: optionalText,
    destination_port_start: optionalText,
    destination_port_end: optionalText,
  })
  .transform(
    (raw): FirewallRule => ({
      direction: raw.direction,
      action: raw.action,
      family: raw.family,
      protocol: raw.protocol,
      comment: raw.comment,
      sourceAddresses: range(raw.source_address_start, raw.source_address_end),
      destinationAddresses: range(raw.destination_address_start, raw.destination_address_end),
      sourcePorts: range(raw.source_port_start, raw.source_port_end),
      destinationPorts: range(raw.destination_port_start, raw.destination_port_end),
    }),
  )

const listAnswer = z.object({ firewall_rules: wholeList('firewall_rule', firewallRule) })

export function firewallRulesApi({ ask, tell }: Transport): FirewallRulesApi {
  return {
    list: async (server, options) =>
      (await ask({ ...options, method: 'GET', path: pathOf(server) }, listAnswer)).firewall_rules,
    replace: (server, rules, options) => {
      const body = { firewall_rules: { firewall_rule: rules.map(write) } }
      return tell({ ...options, method: 'PUT', path: pathOf(server), body })
    },
  }
}

function pathOf(server: string): string {
  return `/server/${encodeURIComponent(server)}/firewall_rule`
}

function range(start: string | undefined, end: string | undefined): Range | undefined {
  return start === undefined ? undefined : [start, end ?? start]
}

function write(rule: FirewallRule) {
  const { direction, action, family, protocol, comment } = rule
  return {
    direction,
    action,
    family,
    protocol,
    comment,
    source_address_start: rule.sourceAddresses?.[0],
    source_address_end: rule.sourceAddresses?.[1],
    source_port_start: rule.sourcePorts?.[0],
    source_port_end: rule.sourcePorts?.[1],
    destination_address_start: rule.destinationAddresses?.[0],
    destination_address_end: rule.destinationAddresses?.[1],
    destination_port_start: rule.destinationPorts?.[0],
    destination_port_end: rule.destinationPorts?.[1],
  }
}
