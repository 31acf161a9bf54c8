import type { IpPermission } from '@aws-sdk/client-ec2'
import type { NetworkPolicy, PortRule } from '@kontena/core'
import { canonicalCidr } from './cidr.ts'

/** One inbound rule of a security group, with one source. */
export interface IngressRule {
  /** `tcp`, `udp`, the number of another protocol, or `-1` for all. */
  readonly protocol: string
  /** First and last port; -1 where the protocol has none. */
  readonly ports: readonly [number, number]
  /** A range, or the id of a group or prefix list. */
  readonly source: string
}

/** EC2 takes any ports beside a protocol that has none, and opens all of it (EC2 API reference). */
const noPorts = [-1, -1] as const
/** IP protocol number of the Encapsulating Security Payload (RFC 4303); EC2 has no word for it. */
const esp = '50'

/** The policy as rules of the group with this id, which stands for the nodes of the grid. */
export function wantedRules(policy: NetworkPolicy, group: string): IngressRule[] {
  return policy.rules.flatMap((rule) => {
    const { protocol, ports } = ec2Protocol(rule)
    const sources = rule.from === 'grid' ? [group] : rule.from.map(canonicalCidr)
    return sources.map((source) => ({ protocol, ports, source }))
  })
}

/** What a security group admits, one rule for each source. */
export function existingRules(permissions: readonly IpPermission[]): IngressRule[] {
  return permissions.flatMap((permission) => {
    const protocol = permission.IpProtocol ?? '-1'
    const hasPorts = protocol === 'tcp' || protocol === 'udp'
    const ports = hasPorts
      ? ([permission.FromPort ?? 0, permission.ToPort ?? 65_535] as const)
      : noPorts
    return sourcesOf(permission).map((source) => ({ protocol, ports, source }))
  })
}

/** Rules of the first list that are not in the second; each once. */
export function rulesWithout(
  rules: readonly IngressRule[],
  others: readonly IngressRule[],
): IngressRule[] {
  const seen = new Set(others.map(ruleKey))
  return rules.filter((rule) => {
    const key = ruleKey(rule)
    if (seen.has(key)) return false
    seen.add(key)
    return true
  })
}

/** As one Authorize call takes them: a permission for each rule. */
export function toPermissions(rules: readonly IngressRule[]): IpPermission[] {
  return rules.map(({ protocol, ports, source }) => ({
    IpProtocol: protocol,
    FromPort: ports[0],
    ToPort: ports[1],
    ...(source.startsWith('sg-')
      ? { UserIdGroupPairs: [{ GroupId: source }] }
      : source.includes(':')
        ? { Ipv6Ranges: [{ CidrIpv6: source }] }
        : { IpRanges: [{ CidrIp: source }] }),
  }))
}

/** For people, as in `tcp 80 from 0.0.0.0/0`. */
export function describeIngress({ protocol, ports, source }: IngressRule): string {
  const name = protocol === esp ? 'esp' : protocol === '-1' ? 'everything' : protocol
  const range =
    ports[0] === -1 ? '' : ports[0] === ports[1] ? ` ${ports[0]}` : ` ${ports[0]}-${ports[1]}`
  return `${name}${range} from ${source}`
}

function ec2Protocol(rule: PortRule): Pick<IngressRule, 'protocol' | 'ports'> {
  return rule.protocol === 'esp'
    ? { protocol: esp, ports: noPorts }
    : { protocol: rule.protocol, ports: rule.ports ?? [0, 65_535] }
}

function sourcesOf(permission: IpPermission): string[] {
  return [
    ...(permission.IpRanges ?? []).map(({ CidrIp }) => CidrIp),
    ...(permission.Ipv6Ranges ?? []).map(({ CidrIpv6 }) => CidrIpv6),
    ...(permission.UserIdGroupPairs ?? []).map(({ GroupId }) => GroupId),
    ...(permission.PrefixListIds ?? []).map(({ PrefixListId }) => PrefixListId),
  ].filter((source) => source !== undefined)
}

function ruleKey({ protocol, ports, source }: IngressRule): string {
  return [protocol, ...ports, source].join(' ')
}
