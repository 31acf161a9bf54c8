import { z } from 'zod'
import { defineAction } from '../action.ts'
import { findAll, findOne, newId } from '../ids.ts'
import { addGroup, defaultVpc, type Region, setTags, tagsOf } from '../region.ts'
import { accountId, type GroupRule, type SecurityGroup, type Vpc } from '../resources.ts'
import { tagsByType } from '../tags.ts'
import { Ec2Error, invalidValue } from '../wire/errors.ts'
import { dryRun, list, paged, tagSpecifications, text } from '../wire/fields.ts'
import { type FilterFields, matching } from '../wire/filters.ts'
import { pageOf } from '../wire/paging.ts'
import { items, tagSet } from '../wire/xml.ts'
import { findGroup } from './find.ts'
import { removeGroup } from './rules.ts'
import { groupArn, groupXml } from './view.ts'

export const createSecurityGroup = defineAction(
  z.strictObject({
    ...dryRun,
    GroupName: text,
    GroupDescription: text,
    VpcId: text.optional(),
    TagSpecification: tagSpecifications,
  }),
  (input, { region }) => {
    const { GroupName: name, GroupDescription: description } = input
    checkText('groupName', name)
    checkText('groupDescription', description)
    if (name.startsWith('sg-')) {
      throw invalidValue(
        `Invalid value '${name}' for groupName. Group names may not start with 'sg-'`,
      )
    }
    const vpc = chooseVpc(input.VpcId, region)
    const tags = tagsByType(input.TagSpecification, ['security-group'])
    if ([...region.groups.values()].some((one) => one.vpc === vpc && one.name === name)) {
      throw new Ec2Error(
        'InvalidGroup.Duplicate',
        `The security group '${name}' already exists for VPC '${vpc.id}'`,
      )
    }
    return () => {
      const group = addGroup(region, { id: newId('sg'), name, description, vpc })
      setTags(region, group.id, tags.get('security-group') ?? [])
      return {
        groupId: group.id,
        tagSet: tagSet(tagsOf(region, group.id)),
        securityGroupArn: groupArn(group, region),
      }
    }
  },
)

/** A group goes only when nothing uses it and no other group's rule names it. */
export const deleteSecurityGroup = defineAction(
  z.strictObject({ ...dryRun, GroupId: text.optional(), GroupName: text.optional() }),
  (input, { region }) => {
    const group = findGroup(input, region)
    if (group.name === 'default') {
      throw new Ec2Error(
        'CannotDelete',
        `the specified group: "${group.id}" name: "default" cannot be deleted by a user`,
      )
    }
    if (isUsed(group, region)) {
      throw new Ec2Error('DependencyViolation', `resource ${group.id} has a dependent object`)
    }
    return () => {
      removeGroup(region, group)
      return { return: true, groupId: group.id }
    }
  },
)

export const describeSecurityGroups = defineAction(
  z.strictObject({ ...paged, GroupId: list(text), GroupName: list(text) }),
  (input, { region }) => {
    const fits = matching(input.Filter, groupFields, ({ id }) => tagsOf(region, id))
    const byId = findAll('sg', input.GroupId, (id) => region.groups.get(id))
    const byName = input.GroupName.map((name) => findGroup({ GroupName: name }, region))
    const named = [...new Set([...byId, ...byName])]
    const candidates = named.length > 0 ? named : [...region.groups.values()]
    return () => {
      const page = pageOf(candidates.filter(fits), input)
      return {
        securityGroupInfo: items(page.members.map((group) => groupXml(group, region))),
        nextToken: page.nextToken,
      }
    }
  },
)

const groupFields: FilterFields<SecurityGroup> = {
  description: ({ description }) => description,
  'group-id': ({ id }) => id,
  'group-name': ({ name }) => name,
  'owner-id': () => accountId,
  'vpc-id': ({ vpc }) => vpc.id,
  'ip-permission.cidr': (group) => inbound(group).map(({ source }) => cidrOf(source, 'ipv4')),
  'ip-permission.ipv6-cidr': (group) => inbound(group).map(({ source }) => cidrOf(source, 'ipv6')),
  'ip-permission.from-port': (group) => inbound(group).map(({ ports }) => ports?.[0]),
  'ip-permission.to-port': (group) => inbound(group).map(({ ports }) => ports?.[1]),
  'ip-permission.protocol': (group) => inbound(group).map(({ protocol }) => protocol),
  'ip-permission.group-id': (group) =>
    inbound(group).map(({ source }) => (source.kind === 'group' ? source.groupId : undefined)),
  // No action here lets a group's outbound rules name another group.
  'egress.ip-permission.group-id': () => undefined,
}

function inbound(group: SecurityGroup): readonly GroupRule[] {
  return [...group.rules.values()].filter(({ isEgress }) => !isEgress)
}

function cidrOf(source: GroupRule['source'], kind: 'ipv4' | 'ipv6'): string | undefined {
  return source.kind === kind ? source.cidr : undefined
}

function chooseVpc(id: string | undefined, region: Region): Vpc {
  if (id !== undefined) return findOne('vpc', id, (one) => region.vpcs.get(one))
  const vpc = defaultVpc(region)
  if (vpc !== undefined) return vpc
  throw new Ec2Error('VPCIdNotSpecified', 'No default VPC for this user')
}

function isUsed(group: SecurityGroup, region: Region): boolean {
  return (
    [...region.interfaces.values()].some(({ groups }) => groups.includes(group)) ||
    [...region.groups.values()].some(
      (other) =>
        other !== group &&
        [...other.rules.values()].some(
          ({ source }) => source.kind === 'group' && source.groupId === group.id,
        ),
    )
  )
}

/** Names and descriptions in a VPC: at most 255 of these characters. */
function checkText(field: string, value: string): void {
  if (/^[a-zA-Z0-9 ._\-:/()#,@[\]+=&;{}!$*]{1,255}$/.test(value)) return
  throw invalidValue(
    `Value (${value}) for parameter ${field} is invalid. Character sets beyond ASCII are not supported.`,
  )
}
