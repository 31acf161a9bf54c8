import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeNetworkInterfacesCommand,
  type Filter,
  paginateDescribeSecurityGroups,
  type SecurityGroup,
} from '@aws-sdk/client-ec2'
import {
  type Call,
  hintNearest,
  isFailure,
  type NetworkPolicy,
  type Owner,
  ProvisionError,
} from '@kontena/core'
import type { Cloud } from './clients.ts'
import { isAwsError } from './errors.ts'
import {
  existingRules,
  type IngressRule,
  rulesWithout,
  toPermissions,
  wantedRules,
} from './ingress-rules.ts'
import { isOwnedBy, ownershipFilters, ownershipTags } from './tags.ts'
import { isUnknownGroup, unknownYet } from './unknown-yet.ts'

/** Where a grid's own security group is, or would be. */
export interface GroupPlace {
  readonly owner: Owner
  readonly vpc: string
}

/** A grid's own security group as it is found. */
export interface OwnGroup {
  readonly id: string
  readonly rules: readonly IngressRule[]
}

/** Grids of two masters may have the same name in one VPC. */
export function groupName(owner: Owner): string {
  return `kontena-${owner.grid}-${owner.master.slice(0, 8)}`
}

/** Undefined where there is none. A group of that name without our tags is somebody else's. */
export async function findOwnGroup(
  cloud: Cloud,
  { owner, vpc }: GroupPlace,
  call: Call,
): Promise<OwnGroup | undefined> {
  const name = groupName(owner)
  const filters = [
    { Name: 'group-name', Values: [name] },
    { Name: 'vpc-id', Values: [vpc] },
  ]
  const found = await listGroups(cloud, filters, { ...call, about: `security group ${name}` })
  const own = found.find(({ Tags }) => isOwnedBy(Tags, owner))
  const other = found[0]
  if (own === undefined && other !== undefined) {
    throw new ProvisionError(
      'NAME_TAKEN',
      `security group ${name} (${other.GroupId}) is not ours`,
      {
        hint: 'it lacks the tags of this grid: delete it, or give --security-groups',
      },
    )
  }
  return own?.GroupId === undefined
    ? undefined
    : { id: own.GroupId, rules: existingRules(own.IpPermissions ?? []) }
}

/** Makes the group where it is missing, and adds the rules it lacks; takes no rule away. */
export async function ensureOwnGroup(
  cloud: Cloud,
  { policy, ...place }: GroupPlace & { policy: NetworkPolicy },
  call: Call,
): Promise<string> {
  const group =
    (await findOwnGroup(cloud, place, call)) ?? (await createOwnGroup(cloud, place, call))
  const missing = rulesWithout(wantedRules(policy, group.id), group.rules)
  if (missing.length === 0) return group.id
  try {
    await authorize(cloud, { group: group.id, rules: missing }, call)
  } catch (error) {
    if (!isAwsError(error, 'InvalidPermission.Duplicate')) throw error
    await authorizeRest(cloud, { ...place, policy }, call)
  }
  return group.id
}

/** With `dryRun` it resolves to nothing done, and rejects as the real call would. */
export async function createGroup(
  cloud: Cloud,
  { owner, vpc, dryRun }: GroupPlace & { dryRun: boolean },
  call: Call,
): Promise<string | undefined> {
  const name = groupName(owner)
  const question = {
    action: 'ec2:CreateSecurityGroup',
    about: `security group ${name}`,
    ...call,
  }
  const answer = await cloud.ec2(question, (ec2, options) =>
    ec2.send(
      new CreateSecurityGroupCommand({
        GroupName: name,
        Description: `Nodes of Kontena grid ${owner.grid}`,
        VpcId: vpc,
        DryRun: dryRun,
        TagSpecifications: [{ ResourceType: 'security-group', Tags: ownershipTags(owner) }],
      }),
      options,
    ),
  )
  return answer.GroupId
}

/** Adds rules in one call, of which EC2 takes all or none. */
export async function authorize(
  cloud: Cloud,
  request: { group: string; rules: readonly IngressRule[]; dryRun?: boolean },
  call: Call,
): Promise<void> {
  const about = `security group ${request.group}`
  const question = { action: 'ec2:AuthorizeSecurityGroupIngress', about, ...call }
  try {
    await cloud.ec2(question, (ec2, options) =>
      ec2.send(
        new AuthorizeSecurityGroupIngressCommand({
          GroupId: request.group,
          IpPermissions: toPermissions(request.rules),
          DryRun: request.dryRun,
        }),
        options,
      ),
    )
  } catch (error) {
    throw isUnknownGroup(error) ? unknownYet(error, about) : error
  }
}

/** Removes a grid's groups in every VPC of the region. Returns those that stay, as others use them too. */
export async function removeOwnGroups(
  cloud: Cloud,
  owner: Owner,
  call: Call,
): Promise<readonly string[]> {
  const name = groupName(owner)
  const filters = [...ownershipFilters(owner), { Name: 'group-name', Values: [name] }]
  const groups = await listGroups(cloud, filters, { ...call, about: `security group ${name}` })
  const kept: string[] = []
  for (const { GroupId: id = '' } of groups) {
    try {
      await deleteGroup(cloud, { id, name }, call)
    } catch (error) {
      const isForeign =
        isFailure(error, 'BUSY') && (await isHeldByOthers(cloud, { id, owner }, call))
      if (isForeign) kept.push(`security group ${name} (${id})`)
      else if (!isFailure(error, 'NOT_FOUND')) throw error
    }
  }
  return kept
}

/** Ids of the user's own groups, given by name or id; they are attached and never changed. */
export async function findGivenGroups(
  cloud: Cloud,
  { given, vpc }: { given: string; vpc: string },
  call: Call,
): Promise<readonly string[]> {
  const filters = [{ Name: 'vpc-id', Values: [vpc] }]
  const all = await listGroups(cloud, filters, { ...call, about: `the security groups of ${vpc}` })
  const wanted = given.split(',').flatMap((text) => text.trim() || [])
  const ids = wanted.map((name) => {
    const found = all.find((group) => group.GroupId === name || group.GroupName === name)
    if (found?.GroupId !== undefined) return found.GroupId
    const names = all.flatMap(({ GroupName }) => GroupName ?? [])
    throw new ProvisionError('NOT_FOUND', `security group ${name} does not exist in ${vpc}`, {
      hint: hintNearest('security group', name, names),
    })
  })
  return [...new Set(ids)]
}

/** Another command may make the same group at the same time; both then go on with the one there is. */
async function createOwnGroup(cloud: Cloud, place: GroupPlace, call: Call): Promise<OwnGroup> {
  const name = groupName(place.owner)
  try {
    const id = await createGroup(cloud, { ...place, dryRun: false }, call)
    if (id !== undefined) return { id, rules: [] }
  } catch (error) {
    if (!isAwsError(error, 'InvalidGroup.Duplicate')) throw error
  }
  const found = await findOwnGroup(cloud, place, call)
  if (found !== undefined) return found
  throw new ProvisionError('BUSY', `security group ${name} was just made and cannot be seen yet`, {
    hint: 'repeat the command in a minute',
  })
}

/** One duplicate makes EC2 refuse all: what another command has not added by now is added. */
async function authorizeRest(
  cloud: Cloud,
  { policy, ...place }: GroupPlace & { policy: NetworkPolicy },
  call: Call,
): Promise<void> {
  const group = await findOwnGroup(cloud, place, call)
  const missing = group && rulesWithout(wantedRules(policy, group.id), group.rules)
  if (missing?.length === 0) return
  try {
    if (group !== undefined && missing !== undefined) {
      return await authorize(cloud, { group: group.id, rules: missing }, call)
    }
  } catch (error) {
    if (!isAwsError(error, 'InvalidPermission.Duplicate')) throw error
  }
  throw new ProvisionError('BUSY', `security group ${groupName(place.owner)} is being changed`, {
    hint: 'repeat the command in a minute',
  })
}

async function deleteGroup(
  cloud: Cloud,
  { id, name }: { id: string; name: string },
  call: Call,
): Promise<void> {
  const about = `security group ${name} (${id})`
  await cloud.ec2({ action: 'ec2:DeleteSecurityGroup', about, ...call }, (ec2, options) =>
    ec2.send(new DeleteSecurityGroupCommand({ GroupId: id }), options),
  )
}

/**
 * Whether a group is kept by somebody else's interface or by a rule of another group, and by none of
 * our machines any more: waiting for that has no end. EC2 says `DependencyViolation` for all of it.
 */
async function isHeldByOthers(
  cloud: Cloud,
  { id, owner }: { id: string; owner: Owner },
  call: Call,
): Promise<boolean> {
  const about = `what holds on to security group ${id}`
  const question = { action: 'ec2:DescribeNetworkInterfaces', about, ...call }
  const input = { Filters: [{ Name: 'group-id', Values: [id] }] }
  const { NetworkInterfaces: interfaces = [] } = await cloud.ec2(question, (ec2, options) =>
    ec2.send(new DescribeNetworkInterfacesCommand(input), options),
  )
  if (interfaces.some(({ TagSet }) => isOwnedBy(TagSet, owner))) return false
  if (interfaces.length > 0) return true
  for (const direction of ['ip-permission', 'egress.ip-permission']) {
    const filters = [{ Name: `${direction}.group-id`, Values: [id] }]
    const referring = await listGroups(cloud, filters, { ...call, about })
    if (referring.some(({ GroupId }) => GroupId !== id)) return true
  }
  return false
}

async function listGroups(
  cloud: Cloud,
  filters: Filter[],
  { about, ...call }: Call & { about: string },
): Promise<readonly SecurityGroup[]> {
  const question = { action: 'ec2:DescribeSecurityGroups', about, ...call }
  return await cloud.ec2(question, async (client, options) => {
    const found: SecurityGroup[] = []
    const input = { Filters: filters }
    const pages = paginateDescribeSecurityGroups({ client, pageSize: 1_000 }, input, options)
    for await (const page of pages) found.push(...(page.SecurityGroups ?? []))
    return found
  })
}
