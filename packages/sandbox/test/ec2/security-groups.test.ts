import {
  AuthorizeSecurityGroupIngressCommand,
  CreateSecurityGroupCommand,
  DeleteSecurityGroupCommand,
  DescribeSecurityGroupRulesCommand,
  DescribeSecurityGroupsCommand,
  DescribeVpcsCommand,
  type EC2Client,
  type IpPermission,
  RevokeSecurityGroupIngressCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test, vi } from 'vitest'
import { openSandbox, refusal, refusalCode, run } from './open.ts'

async function create(ec2: EC2Client, GroupName = 'web', VpcId?: string): Promise<string> {
  const command = new CreateSecurityGroupCommand({ GroupName, VpcId, Description: 'for a test' })
  return (await ec2.send(command)).GroupId ?? ''
}

function authorize(ec2: EC2Client, GroupId: string, ...IpPermissions: IpPermission[]) {
  return ec2.send(new AuthorizeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
}

function remove(ec2: EC2Client, GroupId: string) {
  return ec2.send(new DeleteSecurityGroupCommand({ GroupId }))
}

const ssh = { IpProtocol: 'tcp', FromPort: 22, ToPort: 22 }
const anywhere = [{ CidrIp: '0.0.0.0/0' }]

describe('a group', () => {
  test('starts with its tags, lets everything out and nothing in', async () => {
    const { ec2 } = await openSandbox()
    const Tags = [{ Key: 'kontena:grid', Value: 'blue' }]
    const TagSpecifications = [{ ResourceType: 'security-group' as const, Tags }]
    const input = { GroupName: 'web', Description: 'for a test', TagSpecifications }
    const made = await ec2.send(new CreateSecurityGroupCommand(input))
    expect(made.Tags).toEqual(Tags)
    const Filters = [{ Name: 'tag:kontena:grid', Values: ['blue'] }]
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ Filters }))
    expect(SecurityGroups).toMatchObject([
      {
        GroupId: made.GroupId,
        GroupName: 'web',
        OwnerId: '123456789012',
        IpPermissions: [],
        IpPermissionsEgress: [{ IpProtocol: '-1', IpRanges: [{ CidrIp: '0.0.0.0/0' }] }],
      },
    ])
  })
  test('has a name that its network has once', async () => {
    const { ec2 } = await openSandbox()
    await create(ec2)
    expect(await refusalCode(create(ec2))).toBe('InvalidGroup.Duplicate')
    const { Vpcs = [] } = await ec2.send(
      new DescribeVpcsCommand({ Filters: [{ Name: 'is-default', Values: ['false'] }] }),
    )
    expect(await create(ec2, 'web', Vpcs[0]?.VpcId)).toMatch(/^sg-/)
    expect(await refusalCode(create(ec2, 'sg-web'))).toBe('InvalidParameterValue')
    expect(await refusalCode(create(ec2, 'wéb'))).toBe('InvalidParameterValue')
  })
  test('is not there for those who name another', async () => {
    const { ec2 } = await openSandbox()
    const GroupIds = ['sg-0123456789abcdef0']
    const byId = ec2.send(new DescribeSecurityGroupsCommand({ GroupIds }))
    expect(await refusalCode(byId)).toBe('InvalidGroup.NotFound')
    const byName = ec2.send(new DescribeSecurityGroupsCommand({ GroupNames: ['web'] }))
    expect(await refusalCode(byName)).toBe('InvalidGroup.NotFound')
    expect(await refusalCode(remove(ec2, 'sg-0123456789abcdef0'))).toBe('InvalidGroup.NotFound')
  })
  test('stays while an interface or a rule of another group uses it', async () => {
    const { ec2, sandbox } = await openSandbox()
    const [used, peer] = [await create(ec2, 'used'), await create(ec2, 'peer')]
    await authorize(ec2, used, { IpProtocol: '-1', UserIdGroupPairs: [{ GroupId: used }] })
    await authorize(ec2, peer, { ...ssh, UserIdGroupPairs: [{ GroupId: used }] })
    const { ids } = await run(ec2, { SecurityGroupIds: [used] })
    expect(await refusalCode(remove(ec2, used))).toBe('DependencyViolation')
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    await vi.waitFor(() => expect(sandbox.ec2.networkInterfaces()).toEqual([]))
    expect(await refusalCode(remove(ec2, used))).toBe('DependencyViolation')
    await remove(ec2, peer)
    await remove(ec2, used)
    expect(sandbox.ec2.securityGroups('eu-west-1').map(({ name }) => name)).toEqual([
      'default',
      'default',
    ])
  })
  test('that every network has cannot be deleted', async () => {
    const { ec2, sandbox } = await openSandbox()
    const id = sandbox.ec2.securityGroups('eu-west-1')[0]?.id ?? ''
    expect(await refusalCode(remove(ec2, id))).toBe('CannotDelete')
  })
})

describe('rules', () => {
  test('are kept as EC2 shows them', async () => {
    const { ec2, sandbox } = await openSandbox()
    const id = await create(ec2)
    await authorize(
      ec2,
      id,
      { ...ssh, IpRanges: [{ CidrIp: '10.1.2.3/8', Description: 'office' }] },
      { ...ssh, Ipv6Ranges: [{ CidrIpv6: '2001:DB8:0::/32' }] },
      { IpProtocol: '50', UserIdGroupPairs: [{ GroupId: id }] },
      { IpProtocol: '17', FromPort: 6783, ToPort: 6784, UserIdGroupPairs: [{ GroupId: id }] },
    )
    expect(sandbox.ec2.securityGroups().find((group) => group.id === id)?.rules).toEqual([
      { protocol: 'tcp', ports: [22, 22], source: { kind: 'ipv4', cidr: '10.0.0.0/8' } },
      { protocol: 'tcp', ports: [22, 22], source: { kind: 'ipv6', cidr: '2001:db8::/32' } },
      { protocol: '50', ports: undefined, source: { kind: 'group', groupId: id } },
      { protocol: 'udp', ports: [6783, 6784], source: { kind: 'group', groupId: id } },
    ])
    const { SecurityGroups } = await ec2.send(new DescribeSecurityGroupsCommand({ GroupIds: [id] }))
    const permissions = SecurityGroups?.[0]?.IpPermissions
    expect(permissions).toMatchObject([
      {
        ...ssh,
        IpRanges: [{ Description: 'office' }],
        Ipv6Ranges: [{ CidrIpv6: '2001:db8::/32' }],
      },
      { IpProtocol: '50', UserIdGroupPairs: [{ GroupId: id, UserId: '123456789012' }] },
      { IpProtocol: 'udp', FromPort: 6783, ToPort: 6784 },
    ])
    expect(permissions?.[1]?.FromPort).toBeUndefined()
  })
  test('are added all or none, and never twice', async () => {
    const { ec2, sandbox } = await openSandbox()
    const id = await create(ec2)
    await authorize(ec2, id, { ...ssh, IpRanges: anywhere })
    const web = { IpProtocol: 'tcp', FromPort: 80, ToPort: 80, IpRanges: anywhere }
    const refused = await refusal(authorize(ec2, id, web, { ...ssh, IpRanges: anywhere }))
    expect(refused).toMatchObject({
      code: 'InvalidPermission.Duplicate',
      message:
        'the specified rule "peer: 0.0.0.0/0, TCP, from port: 22, to port: 22, ALLOW" already exists',
    })
    expect(sandbox.ec2.securityGroups().find((group) => group.id === id)?.rules).toHaveLength(1)
  })
  test.each<[string, IpPermission, string]>([
    ['no ports', { IpProtocol: 'tcp', IpRanges: anywhere }, 'InvalidParameterValue'],
    ['ports upside down', { ...ssh, FromPort: 23, IpRanges: anywhere }, 'InvalidParameterValue'],
    ['a port too high', { ...ssh, ToPort: 65_536, IpRanges: anywhere }, 'InvalidParameterValue'],
    [
      'an unknown protocol',
      { ...ssh, IpProtocol: 'esp', IpRanges: anywhere },
      'InvalidParameterValue',
    ],
    ['a broken range', { ...ssh, IpRanges: [{ CidrIp: '10.0.0.0' }] }, 'InvalidParameterValue'],
    [
      'a broken IPv6 range',
      { ...ssh, Ipv6Ranges: [{ CidrIpv6: '::/129' }] },
      'InvalidParameterValue',
    ],
    ['no source', ssh, 'MissingParameter'],
    [
      'an unknown group',
      { ...ssh, UserIdGroupPairs: [{ GroupId: 'sg-0123456789abcdef0' }] },
      'InvalidGroup.NotFound',
    ],
    [
      'more than 60 ranges',
      { ...ssh, IpRanges: Array.from({ length: 61 }, (_, i) => ({ CidrIp: `10.0.${i}.0/24` })) },
      'RulesPerSecurityGroupLimitExceeded',
    ],
  ])('with %s are refused', async (_what, permission, code) => {
    const { ec2 } = await openSandbox()
    const id = await create(ec2)
    expect(await refusalCode(authorize(ec2, id, permission))).toBe(code)
  })
  test('of a group that is gone are refused', async () => {
    const { ec2 } = await openSandbox()
    const id = await create(ec2)
    await remove(ec2, id)
    const call = authorize(ec2, id, { ...ssh, IpRanges: anywhere })
    expect(await refusalCode(call)).toBe('InvalidGroup.NotFound')
  })
  test('are listed one by one and revoked, by what they admit or by id', async () => {
    const { ec2 } = await openSandbox()
    const GroupId = await create(ec2)
    const IpPermissions = [{ ...ssh, IpRanges: anywhere }]
    await authorize(ec2, GroupId, ...IpPermissions, { IpProtocol: '-1', IpRanges: anywhere })
    const rules = async () => {
      const Filters = [{ Name: 'group-id', Values: [GroupId] }]
      const reply = await ec2.send(new DescribeSecurityGroupRulesCommand({ Filters }))
      return (reply.SecurityGroupRules ?? []).filter(({ IsEgress }) => !IsEgress)
    }
    expect(await rules()).toMatchObject([{ FromPort: 22 }, { FromPort: -1, ToPort: -1 }])
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
    const again = ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, IpPermissions }))
    expect(await refusalCode(again)).toBe('InvalidPermission.NotFound')
    const SecurityGroupRuleIds = (await rules()).map((rule) => rule.SecurityGroupRuleId ?? '')
    await ec2.send(new RevokeSecurityGroupIngressCommand({ GroupId, SecurityGroupRuleIds }))
    expect(await rules()).toEqual([])
  })
  test('may be given in the old flat form', async () => {
    const { ec2, sandbox } = await openSandbox()
    const id = await create(ec2)
    const flat = { GroupName: 'web', ...ssh, CidrIp: '0.0.0.0/0' }
    await ec2.send(new AuthorizeSecurityGroupIngressCommand(flat))
    expect(sandbox.ec2.securityGroups().find((group) => group.id === id)?.rules).toHaveLength(1)
  })
})
