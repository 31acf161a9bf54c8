import { setTimeout as delay } from 'node:timers/promises'
import {
  DescribeInstancesCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  type EC2Client,
  RunInstancesCommand,
  TerminateInstancesCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test, vi } from 'vitest'
import { openClient, openSandbox, refusal, refusalCode, run, ubuntu } from './open.ts'

async function subnetIn(ec2: EC2Client, zone: string, cidr = '172.31.*'): Promise<string> {
  const { Subnets: subnets = [] } = await ec2.send(
    new DescribeSubnetsCommand({
      Filters: [
        { Name: 'availability-zone', Values: [zone] },
        { Name: 'cidr-block', Values: [cidr] },
      ],
    }),
  )
  return subnets[0]?.SubnetId ?? ''
}

describe('a batch', () => {
  test('gets launch indexes from 0 in each call, and one reservation per call', async () => {
    const { ec2 } = await openSandbox()
    const first = await run(ec2, { MinCount: 3 })
    const second = await run(ec2, { MinCount: 2 })
    expect(first.instances.map(({ AmiLaunchIndex }) => AmiLaunchIndex)).toEqual([0, 1, 2])
    expect(second.instances.map(({ AmiLaunchIndex }) => AmiLaunchIndex)).toEqual([0, 1])
    expect(first.reply.ReservationId).not.toBe(second.reply.ReservationId)
  })
  test('carries tags to instances, volumes and interfaces, awkward characters unharmed', async () => {
    const { ec2, sandbox } = await openSandbox()
    const Tags = [{ Key: 'kontena:grid', Value: `<a> & "b" 'c' {{ d }} 🚀` }]
    await run(ec2, {
      TagSpecifications: (['instance', 'volume', 'network-interface'] as const).map(
        (ResourceType) => ({
          ResourceType,
          Tags,
        }),
      ),
    })
    const { instances, volumes, networkInterfaces } = sandbox.ec2
    const tags = { 'kontena:grid': `<a> & "b" 'c' {{ d }} 🚀` }
    expect([...instances(), ...volumes(), ...networkInterfaces()].map((it) => it.tags)).toEqual([
      tags,
      tags,
      tags,
    ])
    const { Reservations } = await ec2.send(
      new DescribeInstancesCommand({ Filters: [{ Name: 'tag:kontena:grid', Values: ['<a>*'] }] }),
    )
    expect(Reservations?.[0]?.Instances?.[0]?.Tags).toEqual(Tags)
  })
})

describe('a client token', () => {
  test('gives the same instances again, and nothing new', async () => {
    const { ec2, sandbox } = await openSandbox()
    const first = await run(ec2, { MinCount: 2, ClientToken: 'one' })
    const again = await run(ec2, { MinCount: 2, ClientToken: 'one' })
    expect(again.ids).toEqual(first.ids)
    expect(again.reply.ReservationId).toBe(first.reply.ReservationId)
    expect(sandbox.ec2.instances()).toHaveLength(2)
  })
  test('with other parameters is refused', async () => {
    const { ec2 } = await openSandbox()
    await run(ec2, { ClientToken: 'one' })
    expect(await refusal(run(ec2, { ClientToken: 'one', MinCount: 2 }))).toMatchObject({
      code: 'IdempotentParameterMismatch',
      status: 400,
    })
  })
  test('counts in its region only', async () => {
    const { ec2, sandbox } = await openSandbox()
    await run(ec2, { ClientToken: 'one' })
    const other = openClient(sandbox, { region: 'us-east-1' })
    expect(await refusalCode(run(other, { ClientToken: 'one' }))).toBe('InvalidAMIID.NotFound')
  })
  test('of a call that failed may be used again', async () => {
    const { ec2, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'no-capacity', times: 1 })
    expect(await refusalCode(run(ec2, { ClientToken: 'one' }))).toBe('InsufficientInstanceCapacity')
    expect((await run(ec2, { ClientToken: 'one' })).ids).toHaveLength(1)
  })
  test('of instances that are terminated says so', async () => {
    const { ec2, sandbox } = await openSandbox()
    const { ids } = await run(ec2, { ClientToken: 'one' })
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    await vi.waitFor(() => expect(sandbox.ec2.instances()[0]?.state).toBe('terminated'))
    const again = run(ec2, { ClientToken: 'one' })
    expect(await refusalCode(again)).toBe('IdempotentInstanceTerminated')
  })
})

describe('room', () => {
  test('that lacks in one zone refuses the whole call with status 500', async () => {
    const { ec2, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'no-capacity', zone: 'eu-west-1a', after: 2 })
    const Placement = { AvailabilityZone: 'eu-west-1a' }
    const refused = await refusal(run(ec2, { MinCount: 3, Placement }))
    expect(refused).toMatchObject({ code: 'InsufficientInstanceCapacity', status: 500 })
    expect(refused.message).toContain('eu-west-1b, eu-west-1c')
    expect(sandbox.ec2.instances()).toHaveLength(0)
  })
  test('for some gives some where the minimum allows it', async () => {
    const { ec2, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'no-capacity', zone: 'eu-west-1a', after: 2, type: 't3.small' })
    const Placement = { AvailabilityZone: 'eu-west-1a' }
    expect((await run(ec2, { MinCount: 1, MaxCount: 5, Placement })).ids).toHaveLength(2)
    expect(await refusalCode(run(ec2, { Placement }))).toBe('InsufficientInstanceCapacity')
    expect((await run(ec2, { Placement, InstanceType: 't3.micro' })).ids).toHaveLength(1)
    const other = { Placement: { AvailabilityZone: 'eu-west-1b' } }
    expect((await run(ec2, { MinCount: 5, ...other })).ids).toHaveLength(5)
  })
  test('is bounded by the vCPU quota of the region', async () => {
    const { ec2 } = await openSandbox({ vcpuLimit: 5 })
    expect((await run(ec2, { MinCount: 1, MaxCount: 9 })).ids).toHaveLength(2)
    expect(await refusal(run(ec2))).toMatchObject({ code: 'VcpuLimitExceeded', status: 400 })
  })
  test('is bounded by the free addresses of the subnet', async () => {
    const subnets = [{ zone: 'eu-west-1a', cidr: '10.0.0.0/29' }]
    const seedNetworks = { 'eu-west-1': [{ cidr: '10.0.0.0/16', isDefault: true, subnets }] }
    const { ec2, sandbox } = await openSandbox({ seedNetworks })
    const { ids } = await run(ec2, { MinCount: 2 })
    expect(await refusalCode(run(ec2, { MinCount: 2 }))).toBe('InsufficientFreeAddressesInSubnet')
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    await vi.waitFor(() => expect(sandbox.ec2.networkInterfaces()).toEqual([]))
    expect((await run(ec2, { MinCount: 3 })).ids).toHaveLength(3)
  })
})

describe('a dry run', () => {
  test('that would succeed says so and starts nothing', async () => {
    const { ec2, sandbox } = await openSandbox()
    expect(await refusal(run(ec2, { DryRun: true }))).toMatchObject({
      code: 'DryRunOperation',
      status: 412,
    })
    expect(sandbox.ec2.instances()).toEqual([])
  })
  test('checks the parameters', async () => {
    const { ec2 } = await openSandbox()
    const call = run(ec2, { DryRun: true, KeyName: 'nobody' })
    expect(await refusalCode(call)).toBe('InvalidKeyPair.NotFound')
  })
  test('without the right names the right', async () => {
    const { ec2, sandbox } = await openSandbox()
    sandbox.faults.add({ kind: 'unauthorized', action: 'RunInstances' })
    const refused = await refusal(run(ec2, { DryRun: true }))
    expect(refused).toMatchObject({ code: 'UnauthorizedOperation', status: 403 })
    expect(refused.message).toContain('ec2:RunInstances')
  })
})

describe('what is asked for', () => {
  const tooLong = Buffer.alloc(16_385).toString('base64')
  test.each([
    ['an unknown image', { ImageId: 'ami-0123456789abcdef0' }, 'InvalidAMIID.NotFound'],
    ['a malformed image', { ImageId: 'ubuntu' }, 'InvalidAMIID.Malformed'],
    ['an unknown type', { InstanceType: 't3.huge' }, 'InvalidParameterValue'],
    ['a type of another architecture', { InstanceType: 't4g.small' }, 'InvalidParameterValue'],
    ['an unknown key pair', { KeyName: 'nobody' }, 'InvalidKeyPair.NotFound'],
    ['an unknown group', { SecurityGroupIds: ['sg-0123456789abcdef0'] }, 'InvalidGroup.NotFound'],
    ['a malformed group', { SecurityGroupIds: ['web'] }, 'InvalidGroupId.Malformed'],
    ['an unknown subnet', { SubnetId: 'subnet-0123456789abcdef0' }, 'InvalidSubnetID.NotFound'],
    ['an unknown zone', { Placement: { AvailabilityZone: 'eu-west-1z' } }, 'InvalidParameterValue'],
    ['none at all', { MinCount: 0, MaxCount: 0 }, 'InvalidParameterValue'],
    ['fewer than the minimum', { MinCount: 2, MaxCount: 1 }, 'InvalidParameterValue'],
    ['user data that is no base64', { UserData: '#cloud-config' }, 'InvalidUserData.Malformed'],
    ['too much user data', { UserData: tooLong }, 'InvalidParameterValue'],
    ['a token that is too long', { ClientToken: 'x'.repeat(65) }, 'InvalidParameterValue'],
    [
      'a hop limit of 65',
      { MetadataOptions: { HttpPutResponseHopLimit: 65 } },
      'InvalidParameterValue',
    ],
    [
      'a root volume smaller than the image',
      { BlockDeviceMappings: [{ DeviceName: '/dev/sda1', Ebs: { VolumeSize: 4 } }] },
      'InvalidBlockDeviceMapping',
    ],
    [
      'groups beside an interface',
      { NetworkInterfaces: [{ DeviceIndex: 0 }], SecurityGroups: ['default'] },
      'InvalidParameterCombination',
    ],
    [
      'a type that the zone lacks',
      { InstanceType: 'm7i.large', Placement: { AvailabilityZone: 'eu-west-1c' } },
      'Unsupported',
    ],
    [
      'tags for what is not made',
      { TagSpecifications: [{ ResourceType: 'vpc', Tags: [{ Key: 'a', Value: 'b' }] }] },
      'InvalidParameterValue',
    ],
  ] as const)('is refused where it is %s', async (_what, input, code) => {
    const { ec2, sandbox } = await openSandbox()
    expect(await refusalCode(ec2.send(new RunInstancesCommand(asInput(input))))).toBe(code)
    expect(sandbox.ec2.instances()).toEqual([])
  })
  test('may be user data of exactly the limit', async () => {
    const { ec2, sandbox } = await openSandbox()
    await run(ec2, { UserData: Buffer.alloc(16_384, 'x').toString('base64') })
    expect(sandbox.ec2.instances()[0]?.userData).toHaveLength(16_384)
  })
  test('is shown as it was asked for', async () => {
    const { ec2 } = await openSandbox()
    const SubnetId = await subnetIn(ec2, 'eu-west-1b')
    const { instances } = await run(ec2, {
      NetworkInterfaces: [{ DeviceIndex: 0, SubnetId, AssociatePublicIpAddress: false }],
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
      BlockDeviceMappings: [
        { DeviceName: '/dev/sda1', Ebs: { VolumeSize: 30, VolumeType: 'gp3', Encrypted: true } },
      ],
    })
    expect(instances[0]).toMatchObject({
      SubnetId,
      Placement: { AvailabilityZone: 'eu-west-1b', AvailabilityZoneId: 'euw1-az1' },
      MetadataOptions: { HttpTokens: 'required', HttpPutResponseHopLimit: 2 },
    })
    expect(instances[0]?.PrivateIpAddress).toMatch(/^172\.31\.\d+\.\d+$/)
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({}))
    expect(Volumes).toMatchObject([{ Size: 30, VolumeType: 'gp3', Encrypted: true, Iops: 3000 }])
  })
  test('leaves the root volume alone where the device is another', async () => {
    const { ec2, sandbox } = await openSandbox()
    const Ebs = { VolumeSize: 30, DeleteOnTermination: false }
    const { ids } = await run(ec2, { BlockDeviceMappings: [{ DeviceName: '/dev/xvda', Ebs }] })
    const sizes = () => sandbox.ec2.volumes().map(({ device, size }) => `${device} ${size}`)
    expect(sizes()).toEqual(['/dev/sda1 8', '/dev/xvda 30'])
    await ec2.send(new TerminateInstancesCommand({ InstanceIds: ids }))
    await vi.waitFor(() => expect(sizes()).toEqual(['/dev/xvda 30']))
  })
})

describe('an account without a default VPC', () => {
  const seedNetworks = {
    'eu-west-1': [{ cidr: '10.0.0.0/16', subnets: [{ zone: 'eu-west-1a', cidr: '10.0.1.0/24' }] }],
  }
  test('must name a subnet, and gives no public address by itself', async () => {
    const { ec2, sandbox } = await openSandbox({ seedNetworks })
    expect(await refusalCode(run(ec2))).toBe('VPCIdNotSpecified')
    await run(ec2, { SubnetId: await subnetIn(ec2, 'eu-west-1a', '10.0.*') })
    expect(sandbox.ec2.instances()).toMatchObject([
      { privateAddress: '10.0.1.4', publicAddress: undefined },
    ])
  })
})

describe('eventual consistency', () => {
  test('hides new instances from descriptions for a while', async () => {
    const { ec2 } = await openSandbox({ consistencyDelay: 150 })
    const { ids } = await run(ec2)
    const byId = () => ec2.send(new DescribeInstancesCommand({ InstanceIds: ids }))
    expect(await refusalCode(byId())).toBe('InvalidInstanceID.NotFound')
    expect((await ec2.send(new DescribeInstancesCommand({}))).Reservations).toEqual([])
    await delay(200)
    expect((await byId()).Reservations?.[0]?.Instances).toHaveLength(1)
  })
})

function asInput(input: object) {
  return { ImageId: ubuntu, InstanceType: 't3.small' as const, MinCount: 1, MaxCount: 1, ...input }
}
