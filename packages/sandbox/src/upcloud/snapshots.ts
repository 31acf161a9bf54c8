import type { Account, Network, Server, ServerState, Storage } from './account.ts'
import type { FirewallRule } from './firewall-rules/rule.ts'

/** What is in the simulated account, as plain data that does not change any more: for assertions. */
export interface UpcloudSnapshots {
  servers(): readonly ServerSnapshot[]
  /** Disks, attached or not. */
  storages(): readonly StorageSnapshot[]
  /** Private networks only. */
  networks(): readonly NetworkSnapshot[]
  addresses(): readonly AddressSnapshot[]
}

export interface ServerSnapshot {
  readonly uuid: string
  readonly zone: string
  readonly title: string
  readonly hostname: string
  readonly plan: string
  readonly state: ServerState
  readonly labels: Readonly<Record<string, string>>
  readonly hasMetadata: boolean
  readonly username: string
  readonly sshKeys: readonly string[]
  readonly storageIds: readonly string[]
  readonly networkIds: readonly string[]
  readonly firewall: 'on' | 'off'
  readonly firewallRules: readonly FirewallRule[]
  readonly userData: string
  readonly console: string
  /** Folder that stands for `/`; gone when the server is. */
  readonly root: string
}

export interface StorageSnapshot {
  readonly uuid: string
  readonly zone: string
  readonly title: string
  readonly size: number
  readonly tier: string
  readonly labels: Readonly<Record<string, string>>
  readonly serverId: string | undefined
}

export interface NetworkSnapshot {
  readonly uuid: string
  readonly zone: string
  readonly name: string
  readonly range: string
  readonly labels: Readonly<Record<string, string>>
}

export interface AddressSnapshot {
  readonly address: string
  readonly family: 'IPv4' | 'IPv6'
  readonly type: 'public' | 'utility' | 'private'
  readonly serverId: string
}

export function openSnapshots(account: Account): UpcloudSnapshots {
  return {
    servers: () => [...account.servers.values()].map(serverOf),
    storages: () => [...account.storages.values()].map(storageOf),
    networks: () =>
      [...account.networks.values()].filter(({ type }) => type === 'private').map(networkOf),
    addresses: () => [...account.servers.values()].flatMap(addressesOf),
  }
}

function serverOf(server: Server): ServerSnapshot {
  return {
    uuid: server.uuid,
    zone: server.zone.id,
    title: server.title,
    hostname: server.hostname,
    plan: server.plan.name,
    state: server.state,
    labels: labelsOf(server),
    hasMetadata: server.hasMetadata,
    username: server.username,
    sshKeys: server.sshKeys,
    storageIds: server.storages.map(({ uuid }) => uuid),
    networkIds: server.interfaces.map(({ network }) => network.uuid),
    firewall: server.firewall,
    firewallRules: server.firewallRules,
    userData: server.userData,
    console: server.machine.console(),
    root: server.machine.root,
  }
}

function storageOf(storage: Storage): StorageSnapshot {
  const { uuid, zone, title, size, tier, server: serverId } = storage
  return { uuid, zone: zone.id, title, size, tier, labels: labelsOf(storage), serverId }
}

function networkOf(network: Network): NetworkSnapshot {
  const { uuid, zone, name, ranges } = network
  const range = ranges[0]?.address ?? ''
  return { uuid, zone: zone.id, name, range, labels: labelsOf(network) }
}

function addressesOf({ uuid: serverId, interfaces }: Server): readonly AddressSnapshot[] {
  return interfaces.flatMap(({ type, addresses }) =>
    addresses.map(({ address, family }) => ({ address, family, type, serverId })),
  )
}

function labelsOf({ labels }: Pick<Server, 'labels'>): Readonly<Record<string, string>> {
  return Object.fromEntries(labels.map(({ key, value }) => [key, value]))
}
