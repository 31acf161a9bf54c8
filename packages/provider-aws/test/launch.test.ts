import { randomBytes } from 'node:crypto'
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { answerUsualAccount, image, instance } from './account-answers.ts'
import { type Ec2Stub, startEc2Stub } from './ec2-stub.ts'
import { batchOf, call, newOwner, openSession } from './orders.ts'
import type { XmlContent } from './xml.ts'

const owner = newOwner()
const shared = { securityGroups: ['sg-0aaa', 'sg-0bbb'], keyPair: 'deploy' }
const two = { body: { instancesSet: [instance('i-1'), instance('i-2', { amiLaunchIndex: 1 })] } }
let ec2: Ec2Stub

beforeEach(async () => {
  ec2 = await startEc2Stub()
  answerUsualAccount(ec2)
  ec2.answer('RunInstances', two)
})
afterEach(async () => {
  vi.unstubAllEnvs()
  await ec2.close()
})

async function create(
  changes: Parameters<typeof batchOf>[2] = {},
  machine: Record<string, unknown> = {},
) {
  const session = await openSession({ machine })
  return session.create(batchOf(owner, shared, changes), call)
}

describe('a batch', () => {
  test('is one request with everything in it', async () => {
    const userData = randomBytes(64)
    const { machines } = await create(
      { zone: 'eu-west-1b', userData, token: 'order-0', tags: {} },
      { storage: 44 },
    )
    expect(machines.map(({ id, launchIndex }) => [id, launchIndex])).toEqual([
      ['i-1', 0],
      ['i-2', 1],
    ])
    const { Action: _, Version: __, ...sent } = ec2.sent('RunInstances')[0] ?? {}
    expect(Buffer.from(sent.UserData ?? '', 'base64')).toEqual(userData)
    expect({ ...sent, UserData: '…', master: undefined }).toEqual({
      ImageId: 'ami-0123',
      InstanceType: 't3.small',
      KeyName: 'deploy',
      MinCount: '2',
      MaxCount: '2',
      ClientToken: 'order-0',
      UserData: '…',
      'BlockDeviceMapping.1.DeviceName': '/dev/sda1',
      'BlockDeviceMapping.1.Ebs.DeleteOnTermination': 'true',
      'BlockDeviceMapping.1.Ebs.Encrypted': 'true',
      'BlockDeviceMapping.1.Ebs.VolumeSize': '44',
      'BlockDeviceMapping.1.Ebs.VolumeType': 'gp3',
      'MetadataOptions.HttpEndpoint': 'enabled',
      'MetadataOptions.HttpPutResponseHopLimit': '1',
      'MetadataOptions.HttpTokens': 'required',
      'NetworkInterface.1.AssociatePublicIpAddress': 'true',
      'NetworkInterface.1.DeleteOnTermination': 'true',
      'NetworkInterface.1.DeviceIndex': '0',
      'NetworkInterface.1.SecurityGroupId.1': 'sg-0aaa',
      'NetworkInterface.1.SecurityGroupId.2': 'sg-0bbb',
      'NetworkInterface.1.SubnetId': 'subnet-0b',
      ...Object.fromEntries(
        ['instance', 'volume', 'network-interface'].flatMap((kind, index) => [
          [`TagSpecification.${index + 1}.ResourceType`, kind],
          ...[
            ['Name', 'demo'],
            ['kontena:master', owner.master],
            ['kontena:grid', 'demo'],
            ['kontena:order', '01JD0000000000000000000000'],
          ].flatMap(([key, value], tag) => [
            [`TagSpecification.${index + 1}.Tag.${tag + 1}.Key`, key],
            [`TagSpecification.${index + 1}.Tag.${tag + 1}.Value`, value],
          ]),
        ]),
      ),
    })
  })

  test('takes what there is room for where that will do, and says what is missing', async () => {
    const names = ['web-1', 'web-2', 'web-3']
    const { machines, failure } = await create({ minimum: 'some', names })
    expect(ec2.sent('RunInstances')[0]).toMatchObject({ MinCount: '1', MaxCount: '3' })
    expect(machines).toHaveLength(2)
    expect(failure).toMatchObject({
      code: 'NO_CAPACITY',
      message: 'AWS made 2 of 3 t3.small machines in eu-west-1a',
    })
  })

  test('that is repeated carries the same token', async () => {
    const session = await openSession()
    const batch = batchOf(owner, shared)
    ec2.answer('RunInstances', { hangUp: true }, two)
    await expect(session.create(batch, call)).rejects.toMatchObject({ code: 'UNAVAILABLE' })
    await session.create(batch, call)
    const tokens = ec2.sent('RunInstances').map(({ ClientToken }) => ClientToken)
    expect(tokens).toEqual([batch.token, batch.token])
  })

  test('whose machines ended before its repeat was answered tells why', async () => {
    const ended = { instanceState: { code: 48, name: 'terminated' } }
    const stateReason = { code: 'Client.InternalError', message: 'Client error on launch' }
    ec2.answer('RunInstances', { error: 'IdempotentInstanceTerminated' })
    ec2.answer('DescribeInstances', {
      body: {
        reservationSet: [
          { instancesSet: [instance('i-1'), instance('i-2', { ...ended, stateReason })] },
        ],
      },
    })
    const { machines, failure } = await create({ token: 'order-0' })
    expect(machines.map(({ id }) => id)).toEqual(['i-1'])
    expect(failure).toMatchObject({
      code: 'MACHINE_FAILED',
      message:
        'AWS ended 1 of 2 t3.small machines in eu-west-1a at the start: Client.InternalError: Client error on launch',
    })
    expect(ec2.sent('DescribeInstances')[0]).toMatchObject({
      'Filter.1.Name': 'client-token',
      'Filter.1.Value.1': 'order-0',
    })
  })

  test('whose ended machines are not shown leaves open what happened', async () => {
    ec2.answer('RunInstances', { error: 'IdempotentInstanceTerminated' })
    ec2.answer('DescribeInstances', { body: { reservationSet: [] } })
    await expect(create()).rejects.toMatchObject({ code: 'UNAVAILABLE' })
  })

  test('takes further disks of its image away with it', async () => {
    const further = { deviceName: '/dev/sdf', ebs: { volumeSize: 100, deleteOnTermination: false } }
    const blockDeviceMapping: XmlContent = [
      { deviceName: '/dev/sdb', virtualName: 'ephemeral0' },
      further,
      { deviceName: '/dev/sda1', ebs: { volumeSize: 8 } },
    ]
    ec2.answer('DescribeImages', { body: { imagesSet: [image({ blockDeviceMapping })] } })
    await create()
    const [sent = {}] = ec2.sent('RunInstances')
    expect(sent).toMatchObject({
      'BlockDeviceMapping.1.DeviceName': '/dev/sda1',
      'BlockDeviceMapping.2.DeviceName': '/dev/sdf',
      'BlockDeviceMapping.2.Ebs.DeleteOnTermination': 'true',
      'BlockDeviceMapping.2.Ebs.Encrypted': 'true',
    })
    expect(sent).not.toHaveProperty('BlockDeviceMapping.2.Ebs.VolumeSize')
    expect(sent).not.toHaveProperty('BlockDeviceMapping.3.DeviceName')
  })

  test('without a key pair asks for none', async () => {
    await create({ shared: { securityGroups: ['sg-0aaa'] } })
    expect(ec2.sent('RunInstances')[0]).not.toHaveProperty('KeyName')
  })
})

describe('no machine is made', () => {
  test('where a zone has no room, and nothing is repeated', async () => {
    ec2.answer('RunInstances', { error: 'InsufficientInstanceCapacity', status: 500 })
    await expect(create()).rejects.toMatchObject({
      code: 'NO_CAPACITY',
      message: 'AWS has no room left for 2 t3.small machines in eu-west-1a',
    })
    expect(ec2.sent('RunInstances')).toHaveLength(1)
  })

  test.each([
    [
      'InvalidGroup.NotFound',
      'EC2 does not know security group sg-0aaa, sg-0bbb yet, or no longer',
    ],
    [
      'InvalidSecurityGroupID.NotFound',
      'EC2 does not know security group sg-0aaa, sg-0bbb yet, or no longer',
    ],
    ['InvalidKeyPair.NotFound', 'EC2 does not know key pair deploy yet, or no longer'],
  ])('where what is shared vanished (%s), which preparing again mends', async (error, message) => {
    ec2.answer('RunInstances', { error })
    await expect(create()).rejects.toMatchObject({ code: 'BUSY', message })
  })

  test('where the subnet vanished, which is named as such', async () => {
    ec2.answer('RunInstances', { error: 'InvalidSubnetID.NotFound' })
    await expect(create()).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message:
        'AWS does not know a subnet that 2 t3.small machines in eu-west-1a need (InvalidSubnetID.NotFound)',
    })
  })

  test('in a zone without a subnet', async () => {
    await expect(create({ zone: 'eu-west-1z' })).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      hint: 'the zones are eu-west-1a, eu-west-1b',
    })
    expect(ec2.sent('RunInstances')).toEqual([])
  })

  test.each([
    ['an owner of its own', { 'kontena:grid': 'other' }],
    ['a key of AWS', { 'AWS:x': '1' }],
    ['no key', { '': '1' }],
    ['a long key', { ['k'.repeat(129)]: '1' }],
    ['a long value', { k: 'v'.repeat(257) }],
    ['too many', Object.fromEntries(Array.from({ length: 46 }, (_, i) => [`k${i}`, 'v']))],
  ])('with tags that cannot be: %s', async (_, tags) => {
    await expect(create({ tags })).rejects.toMatchObject({ code: 'BAD_OPTIONS' })
    expect(ec2.sent('RunInstances')).toEqual([])
  })
})

test('the user may choose the name that the console shows', async () => {
  await create({ tags: { Name: 'mine' } })
  const sent = Object.values(ec2.sent('RunInstances')[0] ?? {})
  expect(sent).toContain('mine')
  expect(sent.filter((value) => value === 'Name')).toHaveLength(3)
})

test('the name that the user chose is not written over when machines get theirs', async () => {
  ec2.answer('CreateTags', { body: { return: true } })
  const session = await openSession()
  const { machines } = await session.create(
    batchOf(owner, shared, { tags: { Name: 'mine' } }),
    call,
  )
  const names = [...machines.map(({ id }) => ({ id, name: 'web' })), { id: 'i-3', name: 'web' }]
  await session.nameMachines?.(names, call)
  const keys = Object.fromEntries(
    ec2.sent('CreateTags').map((tags) => [tags['ResourceId.1'], tags['Tag.1.Key']]),
  )
  expect(keys).toEqual({ 'i-1': 'kontena:node', 'i-2': 'kontena:node', 'i-3': 'Name' })
})
