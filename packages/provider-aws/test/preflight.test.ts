import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { networkPolicy } from '@kontena/core'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { answerGroups, answerUsualAccount, subnet, vpc } from './account-answers.ts'
import { type Ec2Stub, startEc2Stub } from './ec2-stub.ts'
import { makeFolder } from './folder.ts'
import { call, newOwner, openSession, policy } from './orders.ts'
import { ed25519 } from './public-keys.ts'

const owner = newOwner()
let ec2: Ec2Stub

beforeEach(async () => {
  ec2 = await startEc2Stub()
  answerUsualAccount(ec2)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

async function check(machine: Record<string, unknown> = {}) {
  const session = await openSession({ machine })
  return session.preflight({ owner, count: 3, policy, sshKeys: [], tags: {} }, call)
}

test('says what machines are made of, and which calls make them', async () => {
  const { facts, ...rest } = await check()
  expect(facts).toEqual({
    image: 'ubuntu-noble (ami-0123, amd64)',
    type: 't3.small (2 vCPU, 2 GiB)',
    disk: '30 GiB gp3, encrypted',
    network: `${vpc}, zones eu-west-1a, eu-west-1b`,
    'public address': 'yes',
    'security group': `kontena-demo-${owner.master.slice(0, 8)} (new)`,
  })
  expect(rest).toEqual({
    sharedCalls: ['CreateSecurityGroup', 'AuthorizeSecurityGroupIngress'],
    createCall: 'RunInstances',
    format: 'cloud-config',
    labels: ['type=t3.small'],
    warnings: [],
  })
})

test('changes nothing: each mutating call is a dry run', async () => {
  await check()
  const mutating = ec2.requests.filter(({ action }) => !/^(Describe|ssm:)/.test(action))
  expect(mutating.map(({ action }) => action).toSorted()).toEqual([
    'CreateSecurityGroup',
    'RunInstances',
  ])
  expect(mutating.every(({ parameters }) => parameters.DryRun === 'true')).toBe(true)
})

test('asks for rights with the tags that machines will get, as policies allow launches by tags', async () => {
  const session = await openSession()
  await session.preflight(
    { owner, count: 1, policy, sshKeys: [], tags: { CostCenter: '42' } },
    call,
  )
  const [sent = {}] = ec2.sent('RunInstances')
  for (const kind of [1, 2, 3]) {
    const tags = [1, 2, 3, 4, 5].map((tag) => sent[`TagSpecification.${kind}.Tag.${tag}.Key`])
    expect(tags.toSorted()).toEqual([
      'CostCenter',
      'Name',
      'kontena:grid',
      'kontena:master',
      'kontena:order',
    ])
  }
})

describe('in a subnet that another account shares', () => {
  beforeEach(() => {
    const shared = subnet('a', { ownerId: '999999999999' })
    ec2.answer('DescribeSubnets', { body: { subnetSet: [shared] } })
  })

  test("no launch is tried with the default group, which is its owner's alone", async () => {
    await expect(check({ subnetId: 'subnet-0a' })).resolves.toMatchObject({ warnings: [] })
    expect(ec2.sent('RunInstances')).toEqual([])
  })

  test('a launch is tried with groups of ours', async () => {
    answerGroups(ec2, [{ groupId: 'sg-0ccc', groupName: 'web', vpcId: vpc }])
    await check({ subnetId: 'subnet-0a', securityGroups: 'web' })
    expect(ec2.sent('RunInstances')).toHaveLength(1)
  })
})

test('refuses tags that EC2 does not take', async () => {
  const session = await openSession()
  const order = { owner, count: 1, policy, sshKeys: [], tags: { 'aws:team': 'blue' } }
  await expect(session.preflight(order, call)).rejects.toMatchObject({
    code: 'BAD_OPTIONS',
    message: 'aws:team cannot be a tag on AWS',
  })
})

test('looks up what cannot change once for a session', async () => {
  const session = await openSession()
  const order = { owner, count: 3, policy, sshKeys: [], tags: {} }
  await session.preflight(order, call)
  await session.zones(call)
  await session.preflight(order, call)
  for (const action of [
    'DescribeInstanceTypes',
    'DescribeImages',
    'DescribeSubnets',
    'DescribeVpcs',
  ]) {
    expect(ec2.sent(action)).toHaveLength(1)
  }
})

test('warns where machines get no public address', async () => {
  const { facts, warnings } = await check({ associatePublicIpAddress: false })
  expect(facts['public address']).toBe('no')
  expect(warnings).toEqual([expect.stringContaining('NAT gateway')])
})

test('tells rules of our group that are wider than asked, and leaves them', async () => {
  const admits = (port: number) => ({
    ipProtocol: 'tcp',
    fromPort: port,
    toPort: port,
    ipRanges: [{ cidrIp: '0.0.0.0/0' }],
  })
  answerGroups(ec2, [
    {
      groupId: 'sg-0aaa',
      ipPermissions: [admits(22), admits(443)],
      tagSet: [
        { key: 'kontena:master', value: owner.master },
        { key: 'kontena:grid', value: owner.grid },
      ],
    },
  ])
  ec2.answer('AuthorizeSecurityGroupIngress', { error: 'DryRunOperation', status: 412 })
  const session = await openSession()
  const narrow = networkPolicy({ sshFrom: ['203.0.113.0/24'] })
  const { warnings, sharedCalls } = await session.preflight(
    { owner, count: 1, policy: narrow, sshKeys: [], tags: {} },
    call,
  )
  expect(warnings).toEqual([
    `security group kontena-demo-${owner.master.slice(0, 8)} admits more than asked: tcp 22 from 0.0.0.0/0; tcp 443 from 0.0.0.0/0`,
  ])
  expect(sharedCalls).toEqual(['AuthorizeSecurityGroupIngress'])
  expect(ec2.sent('RunInstances')[0]).toMatchObject({
    'NetworkInterface.1.SecurityGroupId.1': 'sg-0aaa',
  })
})

test('a security group or key pair that another command has just made is no reason to refuse', async () => {
  const tagSet = [
    { key: 'kontena:master', value: owner.master },
    { key: 'kontena:grid', value: owner.grid },
  ]
  answerGroups(ec2, [], [{ groupId: 'sg-0aaa', ipPermissions: [], tagSet }])
  ec2.answer('CreateSecurityGroup', { error: 'InvalidGroup.Duplicate' })
  ec2.answer('AuthorizeSecurityGroupIngress', { error: 'DryRunOperation', status: 412 })
  ec2.answer('DescribeKeyPairs', { error: 'InvalidKeyPair.NotFound' })
  ec2.answer('ImportKeyPair', { error: 'InvalidKeyPair.Duplicate' })
  const file = join(await makeFolder(), 'id.pub')
  await writeFile(file, ed25519)
  const { facts, sharedCalls } = await check({ sshPublicKey: file })
  expect(facts['security group']).toBe(`kontena-demo-${owner.master.slice(0, 8)} (sg-0aaa)`)
  expect(sharedCalls).toEqual(['AuthorizeSecurityGroupIngress', 'ImportKeyPair'])
})

test('a security group that was just made and cannot be seen yet is planned as a new one', async () => {
  ec2.answer('CreateSecurityGroup', { error: 'InvalidGroup.Duplicate' })
  expect((await check()).facts['security group']).toMatch(/ \(new\)$/)
})

describe('a missing right is named before anything is made', () => {
  test.each([
    ['CreateSecurityGroup', 'ec2:CreateSecurityGroup'],
    ['RunInstances', 'ec2:RunInstances'],
    ['DescribeSubnets', 'ec2:DescribeSubnets'],
    ['DescribeImages', 'ec2:DescribeImages'],
  ])('%s', async (action, right) => {
    ec2.answer(action, { error: 'UnauthorizedOperation', status: 403 })
    await expect(check()).rejects.toMatchObject({
      code: 'ACCESS_DENIED',
      message: expect.stringContaining(`the right ${right} for`),
    })
  })
})

test('wrong credentials are told as such, whatever is asked', async () => {
  for (const action of ['DescribeSecurityGroups', 'DescribeVpcs', 'DescribeInstanceTypes']) {
    ec2.answer(action, { error: 'AuthFailure', status: 401 })
  }
  await expect(check()).rejects.toMatchObject({ code: 'BAD_CREDENTIALS' })
})

test('a zone that is full now is no reason to refuse an order for all zones', async () => {
  ec2.answer('RunInstances', { error: 'InsufficientInstanceCapacity', status: 500 })
  await expect(check()).resolves.toMatchObject({ createCall: 'RunInstances' })
})

test('a quota that is reached is', async () => {
  ec2.answer('RunInstances', { error: 'VcpuLimitExceeded' })
  await expect(check()).rejects.toMatchObject({ code: 'QUOTA_EXCEEDED' })
})
