import { RunInstancesCommand, type RunInstancesCommandInput, type Tag } from '@aws-sdk/client-ec2'
import {
  type BatchResult,
  type Call,
  type Machine,
  type MachineBatch,
  ProvisionError,
} from '@kontena/core'
import type { Cloud } from './clients.ts'
import { isAwsError } from './errors.ts'
import { machinesByToken } from './instances.ts'
import type { LaunchPlan } from './launch-plan.ts'
import { readMachine } from './machines.ts'
import { type AwsShared, readShared } from './shared.ts'
import { launchTags } from './tags.ts'
import { isUnknownGroup, unknownYet } from './unknown-yet.ts'

/** Starts a batch by one RunInstances, of which EC2 recognizes a repeat by the batch's token. */
export async function launchMachines(
  cloud: Cloud,
  { plan, batch }: { plan: LaunchPlan; batch: MachineBatch },
  call: Call,
): Promise<BatchResult> {
  const shared = readShared(batch.shared)
  const count = batch.names.length
  const question = {
    action: 'ec2:RunInstances',
    about: describeBatch(count, plan, batch.zone),
    ...call,
  }
  const input: RunInstancesCommandInput = {
    ...machineInput(plan, batch.zone, shared),
    MinCount: batch.minimum === 'all' ? count : 1,
    MaxCount: count,
    ClientToken: batch.token,
    UserData: Buffer.from(batch.userData).toString('base64'),
    TagSpecifications: tagEach(launchTags(batch)),
  }
  try {
    const answer = await cloud.ec2(question, (ec2, options) =>
      ec2.send(new RunInstancesCommand(input), options),
    )
    const machines = (answer.Instances ?? []).flatMap(readMachine)
    return machines.length < count
      ? { machines, failure: lackOfRoom(machines.length, question.about) }
      : { machines }
  } catch (error) {
    if (!isAwsError(error, 'IdempotentInstanceTerminated')) throw vanished(error, shared)
    const made = await machinesByToken(cloud, batch.token, { ...call, about: question.about })
    if (made.length === 0) throw error
    return endedAtOnce(made, question.about)
  }
}

/** Asks EC2 whether the credentials and parameters would do; makes nothing. */
export async function tryLaunch(
  cloud: Cloud,
  request: {
    plan: LaunchPlan
    zone: string
    count: number
    tags: readonly Tag[]
    shared: Partial<AwsShared>
  },
  call: Call,
): Promise<void> {
  const { plan, zone, count, tags, shared } = request
  const about = describeBatch(count, plan, zone)
  await cloud.ec2({ action: 'ec2:RunInstances', about, ...call }, (ec2, options) =>
    ec2.send(
      new RunInstancesCommand({
        ...machineInput(plan, zone, shared),
        MinCount: 1,
        MaxCount: count,
        DryRun: true,
        // Policies allow launches and tagging by tags, so that these are the same as at launch.
        TagSpecifications: tagEach(tags),
      }),
      options,
    ),
  )
}

/** What all disks of a machine have in common. */
const disk = { Encrypted: true, DeleteOnTermination: true } as const

function machineInput(
  { options, type, image, subnets }: LaunchPlan,
  zone: string,
  { securityGroups, keyPair }: Partial<AwsShared>,
) {
  const subnet = subnets.get(zone)
  if (subnet === undefined) {
    throw new ProvisionError('BAD_OPTIONS', `there is no subnet for ${type.name} in zone ${zone}`, {
      hint: `the zones are ${[...subnets.keys()].join(', ')}`,
    })
  }
  return {
    ImageId: image.id,
    InstanceType: type.name,
    KeyName: keyPair,
    // With an interface described here, subnet and groups must not stand beside it.
    NetworkInterfaces: [
      {
        DeviceIndex: 0,
        SubnetId: subnet.id,
        Groups: securityGroups,
        AssociatePublicIpAddress: options.associatePublicIpAddress,
        DeleteOnTermination: true,
      },
    ],
    BlockDeviceMappings: [
      {
        DeviceName: image.rootDevice,
        Ebs: { ...disk, VolumeSize: options.storage, VolumeType: 'gp3' as const },
      },
      // An image may ask for its further disks to be kept, which nobody would look after.
      ...image.otherDisks.map((device) => ({ DeviceName: device, Ebs: disk })),
    ],
    MetadataOptions: {
      HttpEndpoint: 'enabled' as const,
      HttpTokens: 'required' as const,
      HttpPutResponseHopLimit: options.metadataHopLimit,
    },
  }
}

/** All that a launch makes, so that nothing is ever without an owner. */
function tagEach(tags: readonly Tag[]) {
  const kinds = ['instance', 'volume', 'network-interface'] as const
  return kinds.map((kind) => ({ ResourceType: kind, Tags: [...tags] }))
}

function describeBatch(count: number, { type }: LaunchPlan, zone: string): string {
  return `${count} ${type.name} ${count === 1 ? 'machine' : 'machines'} in ${zone}`
}

/** The repeat of a call whose machines came up and ended before its answer arrived. */
function endedAtOnce(made: readonly Machine[], wanted: string): BatchResult {
  const machines = made.filter(({ state }) => state !== 'gone')
  const reason = made.find(({ state }) => state === 'gone')?.reason ?? 'no reason given'
  return {
    machines,
    failure: new ProvisionError(
      'MACHINE_FAILED',
      `AWS ended ${made.length - machines.length} of ${wanted} at the start: ${reason}`,
    ),
  }
}

function lackOfRoom(made: number, wanted: string): ProvisionError {
  return new ProvisionError('NO_CAPACITY', `AWS made ${made} of ${wanted}`, {
    hint: 'use another --zone or --type for the rest, or repeat later',
  })
}

/** What machines share may have been taken away since it was prepared, by another command. */
function vanished(error: unknown, { keyPair, securityGroups }: AwsShared): unknown {
  if (isUnknownGroup(error)) return unknownYet(error, `security group ${securityGroups.join(', ')}`)
  if (isAwsError(error, 'InvalidKeyPair.NotFound')) return unknownYet(error, `key pair ${keyPair}`)
  return error
}
