import { networkPolicy } from '@kontena/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { answerGroups, answerUsualAccount, defaultGroup, vpc } from './account-answers.ts'
import { type Ec2Stub, startEc2Stub } from './ec2-stub.ts'
import { call, newOwner, openSession, orderOf, policy } from './orders.ts'
import type { XmlContent } from './xml.ts'

const owner = newOwner()
const name = `kontena-demo-${owner.master.slice(0, 8)}`
const sshOnly = networkPolicy({ vpnFrom: 'none', sshFrom: ['203.0.113.9/24'] })
let ec2: Ec2Stub

beforeEach(async () => {
  ec2 = await startEc2Stub()
  answerUsualAccount(ec2)
  ec2.answer('CreateSecurityGroup', { body: { groupId: 'sg-0aaa' } })
  ec2.answer('AuthorizeSecurityGroupIngress', { body: { return: true } })
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

const tagSet = [
  { key: 'kontena:master', value: owner.master },
  { key: 'kontena:grid', value: owner.grid },
]

function group(ipPermissions: XmlContent = []): XmlContent {
  return { groupId: 'sg-0aaa', groupName: name, vpcId: vpc, tagSet, ipPermissions }
}

const tcp = (port: number, ...ranges: string[]): XmlContent => ({
  ipProtocol: 'tcp',
  fromPort: port,
  toPort: port,
  ipRanges: ranges.map((cidrIp) => ({ cidrIp })),
})
/** Overlay rules as EC2 gives them back: the two of a port range, and ESP without ports. */
const overlay = ['tcp', 'udp', '50'].map((ipProtocol) => ({
  ipProtocol,
  ...(ipProtocol === '50' ? {} : { fromPort: 6783, toPort: 6784 }),
  groups: [{ groupId: 'sg-0aaa' }],
}))

async function prepare(machine: Record<string, unknown> = {}, asked = sshOnly) {
  const session = await openSession({ machine })
  return (await session.prepare(orderOf(owner, { policy: asked }), call)).shared
}

describe('a grid’s own group', () => {
  test('is made with its tags in the call, and all rules in one more', async () => {
    expect(await prepare({}, policy)).toEqual({ securityGroups: ['sg-0aaa'], keyPair: undefined })
    expect(ec2.sent('CreateSecurityGroup')[0]).toMatchObject({
      GroupName: name,
      VpcId: vpc,
      'TagSpecification.1.ResourceType': 'security-group',
      'TagSpecification.1.Tag.1.Key': 'kontena:master',
      'TagSpecification.1.Tag.1.Value': owner.master,
      'TagSpecification.1.Tag.2.Value': 'demo',
    })
    expect(rulesSent()).toMatchInlineSnapshot(`
      [
        "tcp 6783-6784 sg-0aaa",
        "udp 6783-6784 sg-0aaa",
        "50 -1--1 sg-0aaa",
        "tcp 1194-1194 0.0.0.0/0",
        "tcp 1194-1194 ::/0",
        "udp 1194-1194 0.0.0.0/0",
        "udp 1194-1194 ::/0",
        "tcp 22-22 0.0.0.0/0",
        "tcp 22-22 ::/0",
        "tcp 80-80 0.0.0.0/0",
        "tcp 80-80 ::/0",
      ]
    `)
    expect(ec2.sent('AuthorizeSecurityGroupIngress')).toHaveLength(1)
  })

  test('that is complete is left alone', async () => {
    answerGroups(ec2, [group([...overlay, tcp(22, '203.0.113.0/24')])])
    await prepare()
    expect(ec2.sent('CreateSecurityGroup')).toEqual([])
    expect(ec2.sent('AuthorizeSecurityGroupIngress')).toEqual([])
  })

  test('gets only what it lacks', async () => {
    answerGroups(ec2, [group([...overlay, tcp(22, '198.51.100.0/24')])])
    await prepare()
    expect(rulesSent()).toEqual(['tcp 22-22 203.0.113.0/24'])
  })

  test('admits the overlay from nodes elsewhere, ESP too, and once', async () => {
    const overlayFrom = ['198.51.100.7', '2001:db8::/32']
    const asked = networkPolicy({ vpnFrom: 'none', sshFrom: [], overlayFrom })
    const ranges = {
      ipRanges: [{ cidrIp: '198.51.100.7/32' }],
      ipv6Ranges: [{ cidrIpv6: '2001:db8::/32' }],
    }
    const elsewhere = [
      { ipProtocol: 'tcp', fromPort: 6783, toPort: 6784, ...ranges },
      { ipProtocol: '50', ...ranges },
    ]
    answerGroups(ec2, [group([...overlay])], [group([...overlay, ...elsewhere])])
    await prepare({}, asked)
    expect(rulesSent()).toEqual([
      'tcp 6783-6784 198.51.100.7/32',
      'tcp 6783-6784 2001:db8::/32',
      'udp 6783-6784 198.51.100.7/32',
      'udp 6783-6784 2001:db8::/32',
      '50 -1--1 198.51.100.7/32',
      '50 -1--1 2001:db8::/32',
    ])
    await prepare({}, asked)
    expect(rulesSent(1)).toEqual(['udp 6783-6784 198.51.100.7/32', 'udp 6783-6784 2001:db8::/32'])
  })

  test('that another command just made is used', async () => {
    answerGroups(ec2, [], [group([...overlay])])
    ec2.answer('CreateSecurityGroup', { error: 'InvalidGroup.Duplicate' })
    expect(await prepare()).toMatchObject({ securityGroups: ['sg-0aaa'] })
    expect(rulesSent()).toEqual(['tcp 22-22 203.0.113.0/24'])
  })

  test('to which another command just added rules gets the rest', async () => {
    answerGroups(ec2, [group()], [group([...overlay])])
    ec2.answer(
      'AuthorizeSecurityGroupIngress',
      { error: 'InvalidPermission.Duplicate' },
      { body: { return: true } },
    )
    await prepare()
    expect(rulesSent(1)).toEqual(['tcp 22-22 203.0.113.0/24'])
  })

  test('to which another command just added all rules is complete', async () => {
    answerGroups(ec2, [group()], [group([...overlay, tcp(22, '203.0.113.0/24')])])
    ec2.answer('AuthorizeSecurityGroupIngress', { error: 'InvalidPermission.Duplicate' })
    await prepare()
    expect(ec2.sent('AuthorizeSecurityGroupIngress')).toHaveLength(1)
  })

  test('that keeps changing is busy', async () => {
    answerGroups(ec2, [group()])
    ec2.answer('AuthorizeSecurityGroupIngress', { error: 'InvalidPermission.Duplicate' })
    await expect(prepare()).rejects.toMatchObject({ code: 'BUSY' })
  })

  test('that EC2 does not know a moment after it was made is busy', async () => {
    ec2.answer('AuthorizeSecurityGroupIngress', { error: 'InvalidGroup.NotFound' })
    await expect(prepare()).rejects.toMatchObject({ code: 'BUSY' })
  })

  test('of the same name without our tags is never touched', async () => {
    answerGroups(ec2, [{ groupId: 'sg-0bbb', groupName: name, vpcId: vpc }])
    await expect(prepare()).rejects.toMatchObject({
      code: 'NAME_TAKEN',
      message: `security group ${name} (sg-0bbb) is not ours`,
      hint: expect.stringContaining('--security-groups'),
    })
    expect(ec2.sent('AuthorizeSecurityGroupIngress')).toEqual([])
  })

  test('of a grid of that name at another master is never touched', async () => {
    const other = tagSet.map((tag) =>
      tag.key === 'kontena:master' ? { ...tag, value: 'another' } : tag,
    )
    answerGroups(ec2, [{ groupId: 'sg-0bbb', groupName: name, vpcId: vpc, tagSet: other }])
    await expect(prepare()).rejects.toMatchObject({ code: 'NAME_TAKEN' })
  })
})

const web = { groupId: 'sg-0ccc', groupName: 'web servers', vpcId: vpc }

describe('groups of the user', () => {
  test('are attached by name or id, once each, and never changed', async () => {
    answerGroups(ec2, [defaultGroup, web])
    const given = ' web servers, sg-0defa017,sg-0ccc,'
    expect(await prepare({ securityGroups: given })).toMatchObject({
      securityGroups: ['sg-0ccc', 'sg-0defa017'],
    })
    expect(ec2.sent('CreateSecurityGroup')).toEqual([])
    expect(ec2.sent('AuthorizeSecurityGroupIngress')).toEqual([])
  })

  test('that do not exist are never dropped silently', async () => {
    answerGroups(ec2, [defaultGroup, web])
    await expect(prepare({ securityGroups: 'web servers,wbe' })).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: `security group wbe does not exist in ${vpc}`,
      hint: 'there is default, web servers',
    })
  })
})

describe('removing', () => {
  const foreign = { networkInterfaceId: 'eni-02', tagSet: [{ key: 'Name', value: 'database' }] }

  async function remove() {
    const session = await openSession()
    return session.removeShared(owner, call)
  }

  test('asks for groups by tags and name, and takes each away', async () => {
    answerGroups(ec2, [group()])
    ec2.answer('DeleteSecurityGroup', { body: { return: true } })
    await remove()
    expect(ec2.sent('DescribeSecurityGroups')[0]).toMatchObject({
      'Filter.1.Name': 'tag:kontena:master',
      'Filter.1.Value.1': owner.master,
      'Filter.2.Name': 'tag:kontena:grid',
      'Filter.3.Value.1': name,
    })
    expect(ec2.sent('DeleteSecurityGroup')[0]).toMatchObject({ GroupId: 'sg-0aaa' })
  })

  test('what is gone is no error', async () => {
    await remove()
    answerGroups(ec2, [group()])
    ec2.answer('DeleteSecurityGroup', { error: 'InvalidGroup.NotFound' })
    await expect(remove()).resolves.toEqual([])
  })

  test('what a machine holds on to is busy, and keeps its key pair', async () => {
    answerGroups(ec2, [group()])
    ec2.answer('DeleteSecurityGroup', { error: 'DependencyViolation' })
    ec2.answer('DescribeNetworkInterfaces', {
      body: { networkInterfaceSet: [{ networkInterfaceId: 'eni-01', tagSet }, foreign] },
    })
    await expect(remove()).rejects.toMatchObject({
      code: 'BUSY',
      message: `security group ${name} (sg-0aaa) is in use or changing (DependencyViolation)`,
    })
    expect(ec2.sent('DescribeKeyPairs')).toEqual([])
  })

  test('what nobody is seen to hold on to is busy: an interface outlives its machine', async () => {
    answerGroups(ec2, [group()])
    ec2.answer('DeleteSecurityGroup', { error: 'DependencyViolation' })
    ec2.answer('DescribeNetworkInterfaces', { body: { networkInterfaceSet: [] } })
    await expect(remove()).rejects.toMatchObject({ code: 'BUSY' })
  })

  test("what somebody else's interface holds on to stays, and is no error", async () => {
    answerGroups(ec2, [group()])
    ec2.answer('DeleteSecurityGroup', { error: 'DependencyViolation' })
    ec2.answer('DescribeNetworkInterfaces', { body: { networkInterfaceSet: [foreign] } })
    await expect(remove()).resolves.toEqual([`security group ${name} (sg-0aaa)`])
    expect(ec2.sent('DescribeNetworkInterfaces')[0]).toMatchObject({
      'Filter.1.Name': 'group-id',
      'Filter.1.Value.1': 'sg-0aaa',
    })
  })

  test('what a rule of another group names stays, and is no error', async () => {
    answerGroups(ec2, [group()], [group()], [group(), web])
    ec2.answer('DeleteSecurityGroup', { error: 'DependencyViolation' })
    ec2.answer('DescribeNetworkInterfaces', { body: { networkInterfaceSet: [] } })
    await expect(remove()).resolves.toEqual([`security group ${name} (sg-0aaa)`])
  })
})

/** Rules of an Authorize call as it went over the wire. */
function rulesSent(index = 0): string[] {
  const sent = ec2.sent('AuthorizeSecurityGroupIngress')[index] ?? {}
  const rules: string[] = []
  for (let number = 1; ; number++) {
    const at = (field: string) => sent[`IpPermissions.${number}.${field}`]
    if (at('IpProtocol') === undefined) return rules
    const source = at('Groups.1.GroupId') ?? at('IpRanges.1.CidrIp') ?? at('Ipv6Ranges.1.CidrIpv6')
    rules.push(`${at('IpProtocol')} ${at('FromPort')}-${at('ToPort')} ${source}`)
  }
}
