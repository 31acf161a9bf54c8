import { z } from 'zod'
import { defineAction } from '../action.ts'
import { findAll } from '../ids.ts'
import { type Region, setTags } from '../region.ts'
import type { GroupRule, SecurityGroup } from '../resources.ts'
import { tagsByType } from '../tags.ts'
import { Ec2Error } from '../wire/errors.ts'
import { dryRun, list, paged, tagSpecifications, text } from '../wire/fields.ts'
import { type FilterFields, matching } from '../wire/filters.ts'
import { pageOf } from '../wire/paging.ts'
import { items } from '../wire/xml.ts'
import { findGroup } from './find.ts'
import { isSameRule, permissionFields, rulesOf, sourceText } from './permissions.ts'
import { revokedRuleXml, ruleXml } from './view.ts'

/** Rules in each direction, counted for IPv4 and IPv6 apart; one that names a group is in both. */
const mostRules = 60

/** Adds all the rules or none: one that is there already fails the call. */
export const authorizeSecurityGroupIngress = defineAction(
  z.strictObject({
    ...dryRun,
    ...permissionFields,
    GroupId: text.optional(),
    GroupName: text.optional(),
    TagSpecification: tagSpecifications,
  }),
  (input, { region }) => {
    const group = findGroup(input, region)
    const tags = tagsByType(input.TagSpecification, ['security-group-rule'])
    const added = rulesOf(input, group, region)
    refuseDuplicates(group, added)
    refuseTooMany(group, added)
    return () => {
      for (const rule of added) {
        group.rules.set(rule.id, rule)
        setTags(region, rule.id, tags.get('security-group-rule') ?? [])
      }
      return {
        return: true,
        securityGroupRuleSet: items(added.map((rule) => ruleXml(rule, region))),
      }
    }
  },
)

/** Takes rules away, by id or by what they admit. */
export const revokeSecurityGroupIngress = defineAction(
  z.strictObject({
    ...dryRun,
    ...permissionFields,
    GroupId: text.optional(),
    GroupName: text.optional(),
    SecurityGroupRuleId: list(text),
  }),
  (input, { region }) => {
    const group = findGroup(input, region)
    const ids = input.SecurityGroupRuleId
    const revoked =
      ids.length > 0
        ? findAll('sgr', ids, (id) => group.rules.get(id))
        : rulesOf(input, group, region).map((rule) => existingRule(group, rule))
    return () => {
      for (const rule of revoked) {
        group.rules.delete(rule.id)
        region.tags.delete(rule.id)
      }
      return { return: true, revokedSecurityGroupRuleSet: items(revoked.map(revokedRuleXml)) }
    }
  },
)

const ruleFields: FilterFields<GroupRule> = {
  'group-id': ({ groupId }) => groupId,
  'security-group-rule-id': ({ id }) => id,
}

export const describeSecurityGroupRules = defineAction(
  z.strictObject({ ...paged, SecurityGroupRuleId: list(text) }),
  (input, { region }) => {
    const all = new Map([...region.groups.values()].flatMap((group) => [...group.rules]))
    const fits = matching(input.Filter, ruleFields, ({ id }) => region.tags.get(id) ?? new Map())
    const ids = input.SecurityGroupRuleId
    const candidates = ids.length > 0 ? findAll('sgr', ids, (id) => all.get(id)) : [...all.values()]
    return () => {
      const page = pageOf(candidates.filter(fits), input)
      return {
        securityGroupRuleSet: items(page.members.map((rule) => ruleXml(rule, region))),
        nextToken: page.nextToken,
      }
    }
  },
)

/** Forgets a group with its rules. */
export function removeGroup(region: Region, group: SecurityGroup): void {
  for (const id of [group.id, ...group.rules.keys()]) region.tags.delete(id)
  region.groups.delete(group.id)
}

function refuseDuplicates(group: SecurityGroup, added: readonly GroupRule[]): void {
  const seen = [...group.rules.values()]
  for (const rule of added) {
    if (seen.some((other) => isSameRule(rule, other))) {
      throw new Ec2Error(
        'InvalidPermission.Duplicate',
        `the specified rule "${describeRule(rule)}" already exists`,
      )
    }
    seen.push(rule)
  }
}

function refuseTooMany(group: SecurityGroup, added: readonly GroupRule[]): void {
  const inbound = [...group.rules.values(), ...added].filter(({ isEgress }) => !isEgress)
  for (const family of ['ipv4', 'ipv6'] as const) {
    const count = inbound.filter(({ source }) => source.kind === family || source.kind === 'group')
    if (count.length <= mostRules) continue
    throw new Ec2Error(
      'RulesPerSecurityGroupLimitExceeded',
      'The maximum number of rules per security group has been reached.',
    )
  }
}

function existingRule(group: SecurityGroup, wanted: GroupRule): GroupRule {
  const rule = [...group.rules.values()].find((one) => isSameRule(one, wanted))
  if (rule !== undefined) return rule
  throw new Ec2Error(
    'InvalidPermission.NotFound',
    'The specified rule does not exist in this security group.',
  )
}

/** In the words of EC2's own message. */
function describeRule({ source, protocol, ports }: GroupRule): string {
  const name = protocol === '-1' ? 'ALL' : protocol.toUpperCase()
  const range = ports === undefined ? '' : `, from port: ${ports[0]}, to port: ${ports[1]}`
  return `peer: ${sourceText(source)}, ${name}${range}, ALLOW`
}
