import { randomBytes } from 'node:crypto'
import type { CallContext } from '../action.ts'
import { newId } from '../ids.ts'
import { nextAddress } from '../networks/addresses.ts'
import { setTags } from '../region.ts'
import type { Instance, NetworkInterface, Volume } from '../resources.ts'
import { Ec2Error } from '../wire/errors.ts'
import { guestOf } from './guest.ts'
import { instanceData } from './instance-data.ts'
import type { LaunchPlan } from './launch-plan.ts'

/** Makes the instances of one call, all of one reservation, in state pending. */
export function makeInstances(
  plan: LaunchPlan,
  count: number,
  context: CallContext,
): readonly Instance[] {
  const reservationId = newId('r')
  return Array.from({ length: count }, (_, launchIndex) => {
    const place = { id: newId('i'), reservationId, launchIndex }
    const instance = makeInstance(plan, place, context)
    context.region.instances.set(instance.id, instance)
    setTags(context.region, instance.id, plan.tags.get('instance') ?? [])
    return instance
  })
}

interface Place {
  readonly id: string
  readonly reservationId: string
  readonly launchIndex: number
}

function makeInstance(plan: LaunchPlan, place: Place, context: CallContext): Instance {
  const { input, image, type, userData } = plan
  const { world, region } = context
  const zone = plan.network.subnet.zone
  const launchedAt = new Date()
  const network = makeInterface(plan, place.id, { launchedAt, context })
  const { privateAddress, publicAddress } = network
  const mute = world.faults.take('boot-console', { zone: zone.name })
  const { MetadataOptions: metadata } = input
  const identity = { ...place, region: region.name, privateAddress, publicAddress }
  const instance = instanceData(plan, identity)
  const key = region.keyPairs.get(input.KeyName ?? '')
  return {
    ...place,
    image,
    type,
    zone,
    keyName: input.KeyName,
    clientToken: input.ClientToken,
    launchedAt,
    visibleFrom: launchedAt.getTime() + world.consistencyDelay,
    userData,
    metadata: {
      tokens: metadata.HttpTokens,
      hopLimit: metadata.HttpPutResponseHopLimit,
      endpoint: metadata.HttpEndpoint,
      ipv6: metadata.HttpProtocolIpv6,
      tags: metadata.InstanceMetadataTags,
    },
    isProtected: input.DisableApiTermination,
    profile: input.IamInstanceProfile?.Arn ?? input.IamInstanceProfile?.Name,
    isMonitored: input.Monitoring?.Enabled ?? false,
    volumes: makeVolumes(plan, place.id, { launchedAt, context }),
    machine: world.createMachine({
      id: place.id,
      userData,
      instance,
      guest: guestOf({ id: place.id, region: region.name, plan, instance, network, key }),
      onlyPrints: mute?.text,
    }),
    network,
    state: 'pending',
    stateReason: { code: 'pending', message: 'pending' },
    transitionReason: '',
    consoleSnapshot: undefined,
    generation: 0,
  }
}

interface Making {
  readonly launchedAt: Date
  readonly context: CallContext
}

function makeInterface(
  { network, tags }: LaunchPlan,
  instanceId: string,
  { launchedAt, context: { region, world } }: Making,
): NetworkInterface {
  const { subnet } = network
  const privateAddress = nextAddress(subnet.cidr, subnet.taken)
  if (privateAddress === undefined) {
    throw new Ec2Error('InsufficientFreeAddressesInSubnet', `Subnet '${subnet.id}' is full.`)
  }
  subnet.taken.add(privateAddress)
  const made: NetworkInterface = {
    id: newId('eni'),
    attachmentId: newId('eni-attach'),
    instanceId,
    subnet,
    groups: network.groups,
    privateAddress,
    macAddress: macAddress(),
    description: network.description,
    createdAt: launchedAt,
    goesWithInstance: network.goesWithInstance,
    publicAddress: network.hasPublicAddress ? world.newPublicAddress() : undefined,
  }
  region.interfaces.set(made.id, made)
  setTags(region, made.id, tags.get('network-interface') ?? [])
  return made
}

function makeVolumes(
  { disks, tags, network }: LaunchPlan,
  instanceId: string,
  { launchedAt, context: { region } }: Making,
): readonly Volume[] {
  return disks.map((disk) => {
    const volume: Volume = {
      ...disk,
      id: newId('vol'),
      zone: network.subnet.zone,
      createdAt: launchedAt,
      instanceId,
    }
    region.volumes.set(volume.id, volume)
    setTags(region, volume.id, tags.get('volume') ?? [])
    return volume
  })
}

/** Locally administered, as EC2's are. */
function macAddress(): string {
  return ['02', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':')
}
