import {
  DescribeNetworkInterfacesCommand,
  DescribeSubnetsCommand,
  DescribeVolumesCommand,
  DescribeVpcsCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { openClient, openSandbox, refusalCode, run } from './open.ts'

describe('networks', () => {
  test('are a default one per region, and another one in Ireland', async () => {
    const { ec2, sandbox } = await openSandbox()
    const { Vpcs } = await ec2.send(new DescribeVpcsCommand({}))
    expect(Vpcs).toMatchObject([
      { IsDefault: true, CidrBlock: '172.31.0.0/16' },
      { IsDefault: false, CidrBlock: '10.20.0.0/16', Tags: [{ Key: 'Name', Value: 'internal' }] },
    ])
    const other = openClient(sandbox, { region: 'us-east-1' })
    const Filters = [{ Name: 'is-default', Values: ['true'] }]
    expect((await other.send(new DescribeVpcsCommand({ Filters }))).Vpcs).toHaveLength(1)
    const call = other.send(new DescribeVpcsCommand({ VpcIds: [Vpcs?.[0]?.VpcId ?? ''] }))
    expect(await refusalCode(call)).toBe('InvalidVpcID.NotFound')
  })
  test('have a default subnet per zone, whose free addresses machines take', async () => {
    const { ec2 } = await openSandbox()
    await run(ec2, { MinCount: 3, Placement: { AvailabilityZone: 'eu-west-1b' } })
    const Filters = [{ Name: 'default-for-az', Values: ['true'] }]
    const { Subnets } = await ec2.send(new DescribeSubnetsCommand({ Filters }))
    expect(
      Subnets?.map((subnet) => [subnet.AvailabilityZone, subnet.AvailableIpAddressCount]),
    ).toEqual([
      ['eu-west-1a', 4091],
      ['eu-west-1b', 4088],
      ['eu-west-1c', 4091],
    ])
  })
})

describe('what an instance brought along', () => {
  test('is found by the instance', async () => {
    const { ec2 } = await openSandbox()
    const { ids, instances } = await run(ec2)
    const Filters = [{ Name: 'attachment.instance-id', Values: ids }]
    const { Volumes } = await ec2.send(new DescribeVolumesCommand({ Filters }))
    expect(Volumes).toMatchObject([{ State: 'in-use', Attachments: [{ InstanceId: ids[0] }] }])
    const found = await ec2.send(new DescribeNetworkInterfacesCommand({ Filters }))
    expect(found.NetworkInterfaces).toMatchObject([
      {
        Status: 'in-use',
        PrivateIpAddress: instances[0]?.PrivateIpAddress,
        Attachment: { DeleteOnTermination: true, InstanceId: ids[0] },
        Groups: [{ GroupName: 'default' }],
      },
    ])
  })
  test('has ids that are checked', async () => {
    const { ec2 } = await openSandbox()
    const volume = ec2.send(new DescribeVolumesCommand({ VolumeIds: ['vol-0123456789abcdef0'] }))
    expect(await refusalCode(volume)).toBe('InvalidVolume.NotFound')
    const NetworkInterfaceIds = ['eni-0123456789abcdef0']
    const found = ec2.send(new DescribeNetworkInterfacesCommand({ NetworkInterfaceIds }))
    expect(await refusalCode(found)).toBe('InvalidNetworkInterfaceID.NotFound')
  })
})
