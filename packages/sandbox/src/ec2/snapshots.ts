import { type Region, tagsOf } from './region.ts'
import type { RuleSource, StateName } from './resources.ts'

/** What is in the simulated account, as plain data that does not change any more: for assertions. */
export interface Ec2Snapshots {
  /** Of all regions, or of one; terminated instances too, as EC2 lists them. */
  instances(region?: string): readonly InstanceSnapshot[]
  securityGroups(region?: string): readonly SecurityGroupSnapshot[]
  keyPairs(region?: string): readonly KeyPairSnapshot[]
  volumes(region?: string): readonly VolumeSnapshot[]
  networkInterfaces(region?: string): readonly NetworkInterfaceSnapshot[]
}

interface Common {
  readonly id: string
  readonly region: string
  readonly tags: Readonly<Record<string, string>>
}

export interface InstanceSnapshot extends Common {
  readonly state: StateName
  readonly zone: string
  readonly type: string
  readonly imageId: string
  readonly launchIndex: number
  readonly reservationId: string
  readonly clientToken: string | undefined
  readonly keyName: string | undefined
  readonly subnetId: string | undefined
  readonly groupIds: readonly string[]
  readonly privateAddress: string | undefined
  readonly publicAddress: string | undefined
  /** As it was given, before base64. */
  readonly userData: Uint8Array
  readonly metadata: { readonly tokens: string; readonly hopLimit: number }
  readonly stateReason: string | undefined
  readonly console: string
  /** Folder that stands for `/`; gone when the instance is. */
  readonly root: string
}

export interface SecurityGroupSnapshot extends Common {
  readonly name: string
  readonly description: string
  readonly vpcId: string
  /** Inbound rules. */
  readonly rules: readonly {
    readonly protocol: string
    readonly ports: readonly [number, number] | undefined
    readonly source: RuleSource
  }[]
}

export interface KeyPairSnapshot extends Common {
  readonly name: string
  readonly type: string
  readonly publicKey: string
}

export interface VolumeSnapshot extends Common {
  readonly instanceId: string | undefined
  readonly zone: string
  readonly device: string
  readonly size: number
  readonly type: string
  readonly isEncrypted: boolean
}

export interface NetworkInterfaceSnapshot extends Common {
  readonly instanceId: string | undefined
  readonly subnetId: string
  readonly groupIds: readonly string[]
}

export function openSnapshots(regions: ReadonlyMap<string, Region>): Ec2Snapshots {
  const across = <Thing>(name: string | undefined, list: (region: Region) => readonly Thing[]) =>
    [...regions.values()].filter((one) => name === undefined || one.name === name).flatMap(list)
  return {
    instances: (name) => across(name, instancesOf),
    securityGroups: (name) => across(name, groupsOf),
    keyPairs: (name) => across(name, keyPairsOf),
    volumes: (name) => across(name, volumesOf),
    networkInterfaces: (name) => across(name, interfacesOf),
  }
}

function common(region: Region, id: string): Common {
  return { id, region: region.name, tags: Object.fromEntries(tagsOf(region, id)) }
}

function instancesOf(region: Region): readonly InstanceSnapshot[] {
  return [...region.instances.values()].map((instance) => ({
    ...common(region, instance.id),
    state: instance.state,
    zone: instance.zone.name,
    type: instance.type.name,
    imageId: instance.image.id,
    launchIndex: instance.launchIndex,
    reservationId: instance.reservationId,
    clientToken: instance.clientToken,
    keyName: instance.keyName,
    subnetId: instance.network?.subnet.id,
    groupIds: instance.network?.groups.map(({ id }) => id) ?? [],
    privateAddress: instance.network?.privateAddress,
    publicAddress: instance.network?.publicAddress,
    userData: new Uint8Array(instance.userData),
    metadata: { tokens: instance.metadata.tokens, hopLimit: instance.metadata.hopLimit },
    stateReason: instance.stateReason?.code,
    console: instance.machine.console(),
    root: instance.machine.root,
  }))
}

function groupsOf(region: Region): readonly SecurityGroupSnapshot[] {
  return [...region.groups.values()].map((group) => ({
    ...common(region, group.id),
    name: group.name,
    description: group.description,
    vpcId: group.vpc.id,
    rules: [...group.rules.values()]
      .filter(({ isEgress }) => !isEgress)
      .map(({ protocol, ports, source }) => ({ protocol, ports, source })),
  }))
}

function keyPairsOf(region: Region): readonly KeyPairSnapshot[] {
  return [...region.keyPairs.values()].map((pair) => ({
    ...common(region, pair.id),
    name: pair.name,
    type: pair.type,
    publicKey: pair.publicKey,
  }))
}

function volumesOf(region: Region): readonly VolumeSnapshot[] {
  return [...region.volumes.values()].map((volume) => ({
    ...common(region, volume.id),
    instanceId: volume.instanceId,
    zone: volume.zone.name,
    device: volume.device,
    size: volume.size,
    type: volume.type,
    isEncrypted: volume.isEncrypted,
  }))
}

function interfacesOf(region: Region): readonly NetworkInterfaceSnapshot[] {
  return [...region.interfaces.values()].map((one) => ({
    ...common(region, one.id),
    instanceId: one.instanceId,
    subnetId: one.subnet.id,
    groupIds: one.groups.map(({ id }) => id),
  }))
}
