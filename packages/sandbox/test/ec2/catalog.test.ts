import {
  DescribeAccountAttributesCommand,
  DescribeAvailabilityZonesCommand,
  DescribeImagesCommand,
  DescribeInstanceTypeOfferingsCommand,
  DescribeInstanceTypesCommand,
  DescribeRegionsCommand,
  paginateDescribeInstanceTypes,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { openClient, openSandbox, refusalCode, ubuntu } from './open.ts'

describe('places', () => {
  test('are three regions with all their zones, named by letter and by id', async () => {
    const { ec2, sandbox } = await openSandbox()
    const { Regions } = await ec2.send(new DescribeRegionsCommand({}))
    const names = Regions?.map(({ RegionName }) => RegionName)
    expect(names).toEqual(['eu-central-1', 'eu-west-1', 'us-east-1'])
    const counts = await Promise.all(
      ['eu-central-1', 'eu-west-1', 'us-east-1'].map(async (region) => {
        const client = openClient(sandbox, { region })
        const reply = await client.send(new DescribeAvailabilityZonesCommand({}))
        return reply.AvailabilityZones?.length
      }),
    )
    expect(counts).toEqual([3, 3, 6])
    const one = await ec2.send(new DescribeAvailabilityZonesCommand({ ZoneIds: ['euw1-az1'] }))
    expect(one.AvailabilityZones).toMatchObject([{ ZoneName: 'eu-west-1b', State: 'available' }])
  })
  test('that do not exist are refused', async () => {
    const { ec2 } = await openSandbox()
    const zone = ec2.send(new DescribeAvailabilityZonesCommand({ ZoneNames: ['eu-west-1z'] }))
    expect(await refusalCode(zone)).toBe('InvalidParameterValue')
    const region = ec2.send(new DescribeRegionsCommand({ RegionNames: ['eu-west-9'] }))
    expect(await refusalCode(region)).toBe('InvalidParameterValue')
  })
  test('belong to an account with limits', async () => {
    const { ec2 } = await openSandbox()
    const AttributeNames = ['default-vpc' as const]
    const reply = await ec2.send(new DescribeAccountAttributesCommand({ AttributeNames }))
    expect(reply.AccountAttributes?.[0]?.AttributeValues?.[0]?.AttributeValue).toMatch(/^vpc-/)
    const all = await ec2.send(new DescribeAccountAttributesCommand({}))
    expect(all.AccountAttributes?.length).toBeGreaterThan(3)
  })
})

describe('images', () => {
  test('of a publisher are found newest by date, with root device and snapshot', async () => {
    const { ec2 } = await openSandbox()
    const reply = await ec2.send(
      new DescribeImagesCommand({
        Owners: ['099720109477'],
        Filters: [
          { Name: 'name', Values: ['ubuntu/images/hvm-ssd-gp3/ubuntu-noble-24.04-amd64-server-*'] },
          { Name: 'architecture', Values: ['x86_64'] },
        ],
      }),
    )
    const newest = reply.Images?.toSorted((a, b) =>
      (b.CreationDate ?? '').localeCompare(a.CreationDate ?? ''),
    )[0]
    expect(reply.Images).toHaveLength(2)
    expect(newest).toMatchObject({ ImageId: ubuntu, RootDeviceName: '/dev/sda1' })
    expect(newest?.BlockDeviceMappings?.[0]?.Ebs).toMatchObject({ VolumeSize: 8 })
  })
  test('of Debian have another root device, and none is our own', async () => {
    const { ec2 } = await openSandbox()
    const { Images } = await ec2.send(new DescribeImagesCommand({ Owners: ['136693071363'] }))
    expect(new Set(Images?.map(({ RootDeviceName }) => RootDeviceName))).toEqual(
      new Set(['/dev/xvda']),
    )
    const own = await ec2.send(new DescribeImagesCommand({ Owners: ['self'] }))
    expect(own.Images).toEqual([])
  })
  test('of Flatcar bear the same pattern of names for both architectures, which the image tells', async () => {
    const { ec2 } = await openSandbox()
    const { Images = [] } = await ec2.send(
      new DescribeImagesCommand({
        Owners: ['075585003325'],
        Filters: [{ Name: 'name', Values: ['Flatcar-stable-*-hvm'] }],
      }),
    )
    const names = (architecture: string) =>
      Images.filter((image) => image.Architecture === architecture).map(({ Name }) => Name)
    expect(names('x86_64')).toEqual(['Flatcar-stable-4459.2.4-hvm', 'Flatcar-stable-4593.2.1-hvm'])
    expect(names('arm64')).toHaveLength(2)
  })
  test('that are unknown are refused', async () => {
    const { ec2 } = await openSandbox()
    const call = ec2.send(new DescribeImagesCommand({ ImageIds: ['ami-0123456789abcdef0'] }))
    expect(await refusalCode(call)).toBe('InvalidAMIID.NotFound')
  })
})

describe('instance types', () => {
  test('tell architecture, vCPUs and memory', async () => {
    const { ec2 } = await openSandbox()
    const InstanceTypes = ['t3.small' as const, 't4g.small' as const]
    const reply = await ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes }))
    expect(reply.InstanceTypes).toMatchObject([
      {
        ProcessorInfo: { SupportedArchitectures: ['x86_64'] },
        VCpuInfo: { DefaultVCpus: 2, DefaultCores: 1 },
        MemoryInfo: { SizeInMiB: 2048 },
      },
      { ProcessorInfo: { SupportedArchitectures: ['arm64'] }, VCpuInfo: { DefaultCores: 2 } },
    ])
  })
  test('that this cloud lacks are refused', async () => {
    const { ec2 } = await openSandbox()
    const InstanceTypes = ['m5.large' as const]
    const call = ec2.send(new DescribeInstanceTypesCommand({ InstanceTypes }))
    expect(await refusalCode(call)).toBe('InvalidInstanceType')
  })
  test('come in pages', async () => {
    const { ec2 } = await openSandbox()
    const names: (string | undefined)[] = []
    const input = { Filters: [{ Name: 'instance-type', Values: ['t*'] }] }
    for await (const page of paginateDescribeInstanceTypes({ client: ec2, pageSize: 5 }, input)) {
      names.push(...(page.InstanceTypes?.map(({ InstanceType }) => InstanceType) ?? []))
    }
    expect(new Set(names).size).toBe(14)
    expect(names).toHaveLength(14)
  })
  test('are not all offered everywhere', async () => {
    const { ec2 } = await openSandbox()
    const zones = async (type: string) => {
      const reply = await ec2.send(
        new DescribeInstanceTypeOfferingsCommand({
          LocationType: 'availability-zone',
          Filters: [{ Name: 'instance-type', Values: [type] }],
        }),
      )
      return reply.InstanceTypeOfferings?.map(({ Location }) => Location)
    }
    expect(await zones('t3.small')).toEqual(['eu-west-1a', 'eu-west-1b', 'eu-west-1c'])
    expect(await zones('m7i.large')).toEqual(['eu-west-1a', 'eu-west-1b'])
    const region = await ec2.send(new DescribeInstanceTypeOfferingsCommand({ MaxResults: 5 }))
    expect(region.InstanceTypeOfferings?.[0]).toMatchObject({ Location: 'eu-west-1' })
    expect(region.NextToken).toBeDefined()
  })
})
