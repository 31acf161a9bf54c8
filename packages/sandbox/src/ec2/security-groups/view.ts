import { type Region, tagsOf } from '../region.ts'
import { accountId, type GroupRule, type SecurityGroup } from '../resources.ts'
import { groupBy } from '../wire/group-by.ts'
import { items, tagSet, type Xml } from '../wire/xml.ts'

export function groupXml(group: SecurityGroup, region: Region): Xml {
  const rules = [...group.rules.values()]
  return {
    ownerId: accountId,
    groupId: group.id,
    groupName: group.name,
    groupDescription: group.description,
    vpcId: group.vpc.id,
    securityGroupArn: groupArn(group, region),
    ipPermissions: items(permissionsXml(rules.filter(({ isEgress }) => !isEgress))),
    ipPermissionsEgress: items(permissionsXml(rules.filter(({ isEgress }) => isEgress))),
    tagSet: tagSet(tagsOf(region, group.id)),
  }
}

export function groupArn({ id }: SecurityGroup, region: Region): string {
  return `arn:aws:ec2:${region.name}:${accountId}:security-group/${id}`
}

export function ruleXml(rule: GroupRule, region: Region): Xml {
  return {
    securityGroupRuleId: rule.id,
    groupId: rule.groupId,
    groupOwnerId: accountId,
    isEgress: rule.isEgress,
    ipProtocol: rule.protocol,
    ...portsXml(rule),
    ...sourceXml(rule),
    referencedGroupInfo:
      rule.source.kind === 'group'
        ? { groupId: rule.source.groupId, userId: accountId }
        : undefined,
    description: rule.description,
    tagSet: tagSet(tagsOf(region, rule.id)),
    securityGroupRuleArn: `arn:aws:ec2:${region.name}:${accountId}:security-group-rule/${rule.id}`,
  }
}

/** Revoked rules are told in a form of their own. */
export function revokedRuleXml(rule: GroupRule): Xml {
  return {
    securityGroupRuleId: rule.id,
    groupId: rule.groupId,
    isEgress: rule.isEgress,
    ipProtocol: rule.protocol,
    ...portsXml(rule),
    ...sourceXml(rule),
    referencedGroupId: rule.source.kind === 'group' ? rule.source.groupId : undefined,
    description: rule.description,
  }
}

/** Rules that differ only in their source are one permission. */
function permissionsXml(rules: readonly GroupRule[]): readonly Xml[] {
  const permissions = groupBy(rules, ({ protocol, ports }) => `${protocol} ${ports?.join()}`)
  return [...permissions.values()].map((same) => ({
    ipProtocol: same[0]?.protocol,
    fromPort: same[0]?.ports?.[0],
    toPort: same[0]?.ports?.[1],
    groups: items(
      same.flatMap(({ source, description }) =>
        source.kind === 'group'
          ? [{ userId: accountId, groupId: source.groupId, description }]
          : [],
      ),
    ),
    ipRanges: items(
      same.flatMap(({ source, description }) =>
        source.kind === 'ipv4' ? [{ cidrIp: source.cidr, description }] : [],
      ),
    ),
    ipv6Ranges: items(
      same.flatMap(({ source, description }) =>
        source.kind === 'ipv6' ? [{ cidrIpv6: source.cidr, description }] : [],
      ),
    ),
    prefixListIds: items([]),
  }))
}

/** Single rules say -1 where a protocol has no ports. */
function portsXml({ ports }: GroupRule): Xml {
  return { fromPort: ports?.[0] ?? -1, toPort: ports?.[1] ?? -1 }
}

function sourceXml({ source }: GroupRule): Xml {
  return {
    cidrIpv4: source.kind === 'ipv4' ? source.cidr : undefined,
    cidrIpv6: source.kind === 'ipv6' ? source.cidr : undefined,
  }
}
