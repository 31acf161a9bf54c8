import { z } from 'zod'
import { newId } from '../ids.ts'
import { normalizeIpv4Range, normalizeIpv6Range } from '../networks/addresses.ts'
import type { Region } from '../region.ts'
import { accountId, type GroupRule, type RuleSource, type SecurityGroup } from '../resources.ts'
import { Ec2Error, invalidValue } from '../wire/errors.ts'
import { integer, list, text } from '../wire/fields.ts'

const described = { Description: text.optional() }
const permission = z.strictObject({
  IpProtocol: text,
  FromPort: integer.optional(),
  ToPort: integer.optional(),
  IpRanges: list(z.strictObject({ CidrIp: text, ...described })),
  Ipv6Ranges: list(z.strictObject({ CidrIpv6: text, ...described })),
  Groups: list(
    z.strictObject({
      GroupId: text.optional(),
      GroupName: text.optional(),
      UserId: text.optional(),
      VpcId: text.optional(),
      ...described,
    }),
  ),
})
type Permission = z.output<typeof permission>

/** How Authorize and Revoke name rules: as permissions, or as one in the call's own fields. */
export const permissionFields = {
  IpPermissions: list(permission),
  IpProtocol: text.optional(),
  FromPort: integer.optional(),
  ToPort: integer.optional(),
  CidrIp: text.optional(),
  SourceSecurityGroupName: text.optional(),
  SourceSecurityGroupOwnerId: text.optional(),
}
const permissionInput = z.object(permissionFields)

/** Takes permissions apart into single inbound rules, as EC2 stores them. */
export function rulesOf(
  input: z.output<typeof permissionInput>,
  group: SecurityGroup,
  region: Region,
): readonly GroupRule[] {
  const permissions = [...input.IpPermissions, ...ownFields(input)]
  if (permissions.length === 0) {
    throw new Ec2Error('MissingParameter', 'The request must contain the parameter ipPermissions')
  }
  return permissions.flatMap((one) => {
    const protocol = parseProtocol(one.IpProtocol)
    const ports = parsePorts(protocol, one)
    return sourcesOf(one, group, region).map(({ source, description }) => ({
      id: newId('sgr'),
      groupId: group.id,
      isEgress: false,
      protocol,
      ports,
      source,
      description,
    }))
  })
}

/** Whether two rules admit the same, whatever they are called. */
export function isSameRule(one: GroupRule, other: GroupRule): boolean {
  return (
    one.isEgress === other.isEgress &&
    one.protocol === other.protocol &&
    one.ports?.join() === other.ports?.join() &&
    one.source.kind === other.source.kind &&
    sourceText(one.source) === sourceText(other.source)
  )
}

export function sourceText(source: RuleSource): string {
  return source.kind === 'group' ? source.groupId : source.cidr
}

function ownFields(input: z.output<typeof permissionInput>): readonly Permission[] {
  const { IpProtocol, FromPort, ToPort, CidrIp, SourceSecurityGroupName: name } = input
  if (IpProtocol === undefined) return []
  return [
    {
      IpProtocol,
      FromPort,
      ToPort,
      IpRanges: CidrIp === undefined ? [] : [{ CidrIp }],
      Ipv6Ranges: [],
      Groups: name === undefined ? [] : [{ GroupName: name }],
    },
  ]
}

const protocolNames: Readonly<Record<string, string>> = {
  '6': 'tcp',
  '17': 'udp',
  '1': 'icmp',
  '58': 'icmpv6',
}
const namedProtocols = ['tcp', 'udp', 'icmp', 'icmpv6', '-1']

function parseProtocol(given: string): string {
  const protocol = protocolNames[given] ?? given.toLowerCase()
  const isNumber = /^\d{1,3}$/.test(protocol) && Number(protocol) <= 255
  if (namedProtocols.includes(protocol) || isNumber) return protocol
  throw invalidValue(`Invalid value '${given}' for IP protocol. Unknown protocol.`)
}

/** Ports belong to tcp and udp, type and code to icmp; any other protocol is opened as a whole. */
function parsePorts(
  protocol: string,
  { FromPort: from, ToPort: to }: Permission,
): readonly [number, number] | undefined {
  if (protocol === 'icmp' || protocol === 'icmpv6') return [from ?? -1, to ?? -1]
  if (protocol !== 'tcp' && protocol !== 'udp') return undefined
  if (from === undefined || to === undefined) {
    throw invalidValue(
      "Invalid value 'Must specify both from and to ports with TCP/UDP.' for portRange.",
    )
  }
  if (from < 0 || to > 65_535) {
    throw invalidValue(
      `Invalid value '${from < 0 ? from : to}' for portRange. Must be between 0 and 65535.`,
    )
  }
  if (from > to) {
    throw invalidValue(`Invalid TCP/UDP port range (${from},${to})`)
  }
  return [from, to]
}

interface DescribedSource {
  readonly source: RuleSource
  readonly description: string | undefined
}

function sourcesOf(
  { IpRanges, Ipv6Ranges, Groups }: Permission,
  group: SecurityGroup,
  region: Region,
): readonly DescribedSource[] {
  const sources = [
    ...IpRanges.map(({ CidrIp: given, Description: description }) => {
      const cidr = normalizeIpv4Range(given)
      if (cidr === undefined) throw invalidValue(`CIDR block ${given} is malformed`)
      return { source: { kind: 'ipv4', cidr } as const, description }
    }),
    ...Ipv6Ranges.map(({ CidrIpv6: given, Description: description }) => {
      const cidr = normalizeIpv6Range(given)
      if (cidr === undefined) throw invalidValue(`CIDR block ${given} is malformed`)
      return { source: { kind: 'ipv6', cidr } as const, description }
    }),
    ...Groups.map(({ Description: description, ...reference }) => {
      const groupId = referencedGroup(reference, group, region)
      return { source: { kind: 'group', groupId } as const, description }
    }),
  ]
  if (sources.length > 0) return sources
  throw new Ec2Error('MissingParameter', 'The request must contain the parameter ipRanges')
}

/** Groups are matched by the addresses of their members, so only those of the same network count. */
function referencedGroup(
  {
    GroupId: id,
    GroupName: name,
    UserId: owner,
  }: Omit<Permission['Groups'][number], 'Description'>,
  { vpc }: SecurityGroup,
  region: Region,
): string {
  const found = [...region.groups.values()].find(
    (one) => one.vpc === vpc && (id === undefined ? one.name === name : one.id === id),
  )
  if (found !== undefined && (owner ?? accountId) === accountId) return found.id
  throw new Ec2Error('InvalidGroup.NotFound', `The security group '${id ?? name}' does not exist`)
}
