import {
  DescribeRegionsCommand,
  DescribeVpcsCommand,
  type InstanceTypeInfo,
  paginateDescribeInstanceTypes,
  type Vpc,
} from '@aws-sdk/client-ec2'
import { type Call, type Choice, type ChoiceQuestion, isFailure } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { type AwsMachineOptions, machineOptions } from './options.ts'

export interface ChoiceClouds {
  readonly cloud: Cloud
  /** Knows the regions where none is set yet. */
  readonly anywhere: Cloud
}

/** Of the hundreds of types, those that nodes are mostly made of; any other can be typed as a flag. */
const usualFamilies = ['t3', 't3a', 't4g', 'm7i', 'm7a', 'm7g', 'c7i', 'c7a', 'c7g', 'r7i', 'r7g']

/** What EC2 offers for an option that a person is asked about; best first. Prices it does not tell. */
export async function offerChoices(
  { cloud, anywhere }: ChoiceClouds,
  { option }: ChoiceQuestion,
  call: Call,
): Promise<readonly Choice[]> {
  switch (option) {
    case 'region':
      return await offerRegions({ cloud, anywhere }, call)
    case 'type':
      return await offerTypes(cloud, call)
    case 'image':
      return offerImages()
    case 'vpcId':
      return await offerVpcs(cloud, call)
    default:
      return []
  }
}

/** Those that are enabled for the account. */
async function offerRegions(
  { cloud, anywhere }: ChoiceClouds,
  call: Call,
): Promise<readonly Choice[]> {
  const question = { action: 'ec2:DescribeRegions', about: 'the regions', ...call }
  try {
    const { Regions: regions = [] } = await anywhere.ec2(question, (ec2, options) =>
      ec2.send(new DescribeRegionsCommand({}), options),
    )
    return regions
      .flatMap(({ RegionName: name }) => name ?? [])
      .sort()
      .map((name) => ({ value: name, label: name }))
  } catch (error) {
    // Accounts of China and of governments are not known elsewhere, though their credentials are good.
    if (anywhere !== cloud && isFailure(error, 'BAD_CREDENTIALS')) return []
    throw error
  }
}

async function offerTypes(cloud: Cloud, call: Call): Promise<readonly Choice[]> {
  const question = { action: 'ec2:DescribeInstanceTypes', about: 'the instance types', ...call }
  const names = usualFamilies.map((family) => `${family}.*`)
  const found: InstanceTypeInfo[] = []
  await cloud.ec2(question, async (client, options) => {
    const pages = paginateDescribeInstanceTypes(
      { client, pageSize: 100 },
      {
        Filters: [
          { Name: 'instance-type', Values: names },
          { Name: 'bare-metal', Values: ['false'] },
        ],
      },
      options,
    )
    for await (const page of pages) found.push(...(page.InstanceTypes ?? []))
  })
  return found
    .filter((type) => memoryOf(type) >= 1024)
    .toSorted((a, b) => memoryOf(a) - memoryOf(b) || coresOf(a) - coresOf(b) || byName(a, b))
    .flatMap((type) => {
      const { InstanceType: name } = type
      return name === undefined ? [] : [{ value: name, label: name, hint: describeType(type) }]
    })
}

function memoryOf({ MemoryInfo: memory }: InstanceTypeInfo): number {
  return memory?.SizeInMiB ?? 0
}

function coresOf({ VCpuInfo: cores }: InstanceTypeInfo): number {
  return cores?.DefaultVCpus ?? 0
}

function byName(a: InstanceTypeInfo, b: InstanceTypeInfo): number {
  return String(a.InstanceType).localeCompare(String(b.InstanceType))
}

function describeType(type: InstanceTypeInfo): string {
  const isArm = type.ProcessorInfo?.SupportedArchitectures?.includes('arm64') === true
  const size = `${coresOf(type)} vCPU, ${memoryOf(type) / 1024} GiB`
  return isArm ? `${size}, arm64` : size
}

const imageTitles: Readonly<Record<AwsMachineOptions['image'], string>> = {
  'ubuntu-24.04': 'Ubuntu 24.04 LTS',
  'ubuntu-22.04': 'Ubuntu 22.04 LTS',
  'debian-12': 'Debian 12',
  'debian-13': 'Debian 13',
  flatcar: 'Flatcar Container Linux, stable',
}

/** The same everywhere, so that nobody has to be asked. */
function offerImages(): readonly Choice[] {
  const { options } = machineOptions.shape.image.unwrap()
  return options.map((value) => ({ value, label: imageTitles[value] }))
}

async function offerVpcs(cloud: Cloud, call: Call): Promise<readonly Choice[]> {
  const question = { action: 'ec2:DescribeVpcs', about: 'the VPCs', ...call }
  const { Vpcs: vpcs = [] } = await cloud.ec2(question, (ec2, options) =>
    ec2.send(new DescribeVpcsCommand({}), options),
  )
  return vpcs
    .toSorted((a, b) => Number(b.IsDefault ?? false) - Number(a.IsDefault ?? false))
    .flatMap((vpc) => {
      const { VpcId: id } = vpc
      return id === undefined ? [] : [{ value: id, label: id, hint: describeVpc(vpc) }]
    })
}

function describeVpc({ CidrBlock: range, IsDefault: isDefault, Tags: tags = [] }: Vpc): string {
  const name = tags.find(({ Key }) => Key === 'Name')?.Value
  return [name, range, isDefault ? 'the default one' : undefined]
    .filter((part) => part !== undefined && part !== '')
    .join(', ')
}
