import { isIP } from 'node:net'
import { anywhere, type NetworkPolicy, type PortRule, parseCidr } from './network-policy.ts'
import type { MetadataService } from './provider.ts'

/** What a machine's own firewall is to do. */
export interface HostFirewall {
  /** The ports to admit; undefined where the cloud's firewall sees to them. */
  readonly policy: NetworkPolicy | undefined
  /** CIDR ranges in which the grid's machines have their private addresses. */
  readonly network: readonly string[]
  /** What containers are kept away from. */
  readonly metadataServices: readonly MetadataService[]
}

/** The same in the language of nftables, for `firewall.nft`; every value in it has been parsed. */
export interface FirewallRules {
  /** Matches for new connections that are accepted; empty where the cloud's firewall decides. */
  readonly admitted: readonly string[]
  /** Matches for what is refused after that; everything where undefined. */
  readonly refused?: readonly string[]
  /** Matches for what is never forwarded. */
  readonly hidden: readonly string[]
  /** Elements of the sets of IPv4 and IPv6 peers. */
  readonly peers: string
  readonly peers6: string
}

/**
 * Rules for nftables; undefined where there is nothing for the host to do. A host that is lent to us does
 * other work too, so that there only ports are guarded that not everybody may reach. Throws `BAD_OPTIONS`
 * for a range that is none.
 */
export function hostFirewall(
  firewall: HostFirewall | undefined,
  host: 'own' | 'lent' = 'own',
): FirewallRules | undefined {
  if (firewall === undefined) return undefined
  const { policy, metadataServices } = firewall
  const hidden = metadataServices.map(serviceMatch)
  if (policy === undefined && hidden.length === 0) return undefined
  const network = firewall.network.map(parseCidr)
  const rules = policy?.rules ?? []
  const guarded = rules.filter((rule) => !isForAll(rule))
  const isOpen = host === 'lent' && guarded.length === 0
  return {
    admitted: isOpen ? [] : rules.flatMap(ruleMatches),
    ...(host === 'own' ? {} : { refused: [...new Set(guarded.map(portsMatch))] }),
    hidden,
    peers: network.filter((range) => !isVersion6(range)).join(', '),
    peers6: network.filter(isVersion6).join(', '),
  }
}

function isForAll({ from }: PortRule): boolean {
  if (from === 'grid') return false
  const ranges = from.map(parseCidr)
  return anywhere.every((range) => ranges.includes(range))
}

/** One match for each source: nftables refuses a set whose ranges overlap. */
function ruleMatches(rule: PortRule): string[] {
  const what = portsMatch(rule)
  if (isForAll(rule)) return [what]
  if (rule.from === 'grid') return [`${what} ip saddr @peers`, `${what} ip6 saddr @peers6`]
  return rule.from
    .map(parseCidr)
    .map((range) => `${what} ${isVersion6(range) ? 'ip6' : 'ip'} saddr ${range}`)
}

function portsMatch(rule: PortRule): string {
  return `meta l4proto ${rule.protocol}${portMatch(rule)}`
}

/** The port that was called: of what Docker publishes, the packet carries the container's by now. */
function portMatch({ ports }: PortRule): string {
  if (ports === undefined) return ''
  const [first, last] = ports.map(parsePort)
  return ` ct original proto-dst ${first === last ? first : `${first}-${last}`}`
}

function serviceMatch({ address, ports }: MetadataService): string {
  const family = isIP(address)
  if (family === 0 || address.includes('%')) {
    throw new Error(`${JSON.stringify(address)} is no address of a metadata service`)
  }
  const host = `${family === 6 ? 'ip6' : 'ip'} daddr ${address}`
  return ports === undefined ? host : `${host} tcp dport { ${ports.map(parsePort).join(', ')} }`
}

function parsePort(port: number): number {
  if (Number.isInteger(port) && port >= 0 && port <= 65_535) return port
  throw new Error(`${port} is no port`)
}

function isVersion6(range: string): boolean {
  return range.includes(':')
}
