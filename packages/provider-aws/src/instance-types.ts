import {
  DescribeInstanceTypesCommand,
  type _InstanceType as Ec2InstanceType,
  type InstanceTypeInfo,
  paginateDescribeInstanceTypeOfferings,
} from '@aws-sdk/client-ec2'
import { type Call, hintNearest, ProvisionError } from '@kontena/core'
import type { Cloud } from './clients.ts'
import { isAwsError } from './errors.ts'

/** As images are named after it; EC2 itself says `x86_64` for `amd64`. */
export type Architecture = 'amd64' | 'arm64'

export interface InstanceType {
  readonly name: Ec2InstanceType
  readonly architecture: Architecture
  readonly vcpus: number | undefined
  readonly memoryMib: number | undefined
}

export async function describeInstanceType(
  cloud: Cloud,
  name: string,
  call: Call,
): Promise<InstanceType> {
  const question = { action: 'ec2:DescribeInstanceTypes', about: `instance type ${name}`, ...call }
  try {
    const answer = await cloud.ec2(question, (ec2, options) =>
      // By filter, as the SDK's own list of types is as old as the SDK; EC2 knows which exist.
      ec2.send(new DescribeInstanceTypesCommand({ Filters: typeFilter(name) }), options),
    )
    const [info] = answer.InstanceTypes ?? []
    if (info?.InstanceType !== undefined) return readInstanceType(info.InstanceType, info)
  } catch (error) {
    if (!isAwsError(error, 'InvalidInstanceType')) throw error
  }
  const known = [...(await offeredTypes(cloud, call)).keys()]
  throw new ProvisionError('NOT_FOUND', `instance type ${name} does not exist here`, {
    hint: hintNearest('instance type', name, known),
  })
}

/** Names of the zones that offer the type; local zones too. */
export async function zonesOffering(
  cloud: Cloud,
  name: string,
  call: Call,
): Promise<ReadonlySet<string>> {
  return (await offeredTypes(cloud, call, name)).get(name) ?? new Set()
}

/** Offered types, each with its zones; one type only where it is named. */
async function offeredTypes(
  cloud: Cloud,
  call: Call,
  name?: string,
): Promise<ReadonlyMap<string, ReadonlySet<string>>> {
  const question = {
    action: 'ec2:DescribeInstanceTypeOfferings',
    about: name === undefined ? 'the instance types' : `instance type ${name}`,
    ...call,
  }
  const types = new Map<string, Set<string>>()
  await cloud.ec2(question, async (client, options) => {
    const pages = paginateDescribeInstanceTypeOfferings(
      { client, pageSize: 1_000 },
      {
        LocationType: 'availability-zone',
        Filters: name === undefined ? undefined : typeFilter(name),
      },
      options,
    )
    for await (const page of pages) {
      for (const { InstanceType: type, Location: zone } of page.InstanceTypeOfferings ?? []) {
        if (type === undefined || zone === undefined) continue
        types.set(type, (types.get(type) ?? new Set()).add(zone))
      }
    }
  })
  return types
}

function typeFilter(name: string) {
  return [{ Name: 'instance-type', Values: [name] }]
}

function readInstanceType(name: Ec2InstanceType, info: InstanceTypeInfo): InstanceType {
  const supported = info.ProcessorInfo?.SupportedArchitectures ?? []
  const architecture = supported.includes('x86_64')
    ? 'amd64'
    : supported.includes('arm64')
      ? 'arm64'
      : undefined
  if (architecture === undefined) {
    throw new ProvisionError(
      'BAD_OPTIONS',
      `instance type ${name} runs no Linux on amd64 or arm64`,
      {
        hint: 'use another --type, as in t3.small or t4g.small',
      },
    )
  }
  return {
    name,
    architecture,
    vcpus: info.VCpuInfo?.DefaultVCpus,
    memoryMib: info.MemoryInfo?.SizeInMiB,
  }
}
