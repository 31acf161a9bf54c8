import { isIP } from 'node:net'
import { z } from 'zod'
import type { Account, FirewallRule } from '../account.ts'
import { conflict, unprocessable } from '../refusals.ts'

const peers = z.object({
  addresses: z.array(z.string()).nullish(),
  tags: z.array(z.string()).nullish(),
  droplet_ids: z.array(z.number()).nullish(),
  load_balancer_uids: z.array(z.string()).nullish(),
  kubernetes_ids: z.array(z.string()).nullish(),
})
const rule = { protocol: z.string(), ports: z.union([z.string(), z.number()]).nullish() }

export const rulesInput = z.object({
  inbound_rules: z.array(z.object({ ...rule, sources: peers })).nullish(),
  outbound_rules: z.array(z.object({ ...rule, destinations: peers })).nullish(),
})
export const firewallInput = rulesInput.extend({
  name: z.string(),
  droplet_ids: z.array(z.number()).nullish(),
  tags: z.array(z.string()).nullish(),
})
export type RulesInput = z.output<typeof rulesInput>
export type FirewallInput = z.output<typeof firewallInput>

export interface Rules {
  readonly inbound: readonly FirewallRule[]
  readonly outbound: readonly FirewallRule[]
}

/** As the limits page of cloud firewalls names them. */
const mostRules = 50
const mostDroplets = 10
const mostTags = 5

/** Rules as they are kept. Throws Refusal. */
export function readRules(input: RulesInput, account: Account): Rules {
  const inbound = (input.inbound_rules ?? []).map(({ sources, ...rest }) =>
    readRule(rest, sources, account),
  )
  const outbound = (input.outbound_rules ?? []).map(({ destinations, ...rest }) =>
    readRule(rest, destinations, account),
  )
  return { inbound, outbound }
}

export function checkRules({ inbound, outbound }: Rules): void {
  const count = inbound.length + outbound.length
  if (count === 0) throw unprocessable('must have at least one rule')
  if (count > mostRules) throw unprocessable(`must not have more than ${mostRules} rules`)
}

/** Name and what it is put on. Throws Refusal. */
export function checkFirewall(input: FirewallInput, account: Account, own?: string): void {
  const { name } = input
  if (!/^[a-zA-Z0-9][a-zA-Z0-9.-]*$/.test(name)) throw unprocessable('invalid name')
  const isTaken = [...account.firewalls.values()].some((one) => one.name === name && one.id !== own)
  if (isTaken) throw conflict('duplicate name')
  checkTargets(input.droplet_ids ?? [], input.tags ?? [], account)
}

export function checkTargets(
  droplets: readonly number[],
  tags: readonly string[],
  account: Account,
): void {
  if (droplets.length > mostDroplets) {
    throw unprocessable(`must not be assigned to more than ${mostDroplets} droplets`)
  }
  if (tags.length > mostTags) throw unprocessable(`must not have more than ${mostTags} tags`)
  for (const id of droplets) {
    if (!account.droplets.has(id)) throw unprocessable(`droplet ${id} does not exist`)
  }
  checkTagsExist(tags, account)
}

/** Other than in a droplet's create call, a tag that does not exist is not made. */
function checkTagsExist(tags: readonly string[], account: Account): void {
  for (const tag of tags) {
    if (!account.tags.has(tag.toLowerCase())) throw unprocessable(`tag ${tag} does not exist`)
  }
}

interface RuleInput {
  readonly protocol: string
  readonly ports?: string | number | null | undefined
}

function readRule(
  { protocol, ports }: RuleInput,
  given: z.output<typeof peers>,
  account: Account,
): FirewallRule {
  if (!['tcp', 'udp', 'icmp'].includes(protocol)) throw unprocessable('invalid protocol')
  for (const address of given.addresses ?? []) {
    if (!isAddress(address)) throw unprocessable('invalid address')
  }
  checkTagsExist(given.tags ?? [], account)
  const named = Object.entries(given).filter(([, list]) => (list ?? []).length > 0)
  if (named.length === 0) throw unprocessable('invalid address')
  return {
    protocol,
    ports: readPorts(protocol, ports),
    peers: Object.fromEntries(named.map(([kind, list]) => [kind, list ?? []])),
  }
}

/** ICMP has none, and `0` or `all` stand for all of them. */
function readPorts(protocol: string, ports: RuleInput['ports']): string {
  if (protocol === 'icmp') return '0'
  const text = String(ports ?? '')
  if (text === 'all' || text === '0') return '0'
  const [, first = '', last = first] = /^(\d+)(?:-(\d+))?$/.exec(text) ?? []
  const isRange = Number(first) >= 1 && Number(last) >= Number(first) && Number(last) <= 65_535
  if (!isRange) throw unprocessable('invalid port range')
  return text
}

function isAddress(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/')
  const version = isIP(address)
  if (version === 0 || rest.length > 0) return false
  return (
    prefix === undefined || (/^\d+$/.test(prefix) && Number(prefix) <= (version === 4 ? 32 : 128))
  )
}
