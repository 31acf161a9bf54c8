import type { Account, Addresses, Droplet, FirewallRule } from './account.ts'
import { tagNames } from './tags/names.ts'

/** What is in the simulated account, as plain data that does not change any more: for assertions. */
export interface DigitaloceanSnapshots {
  droplets(): readonly DropletSnapshot[]
  vpcs(): readonly VpcSnapshot[]
  keys(): readonly KeySnapshot[]
  /** Names of all tags, whether something carries them or not. */
  tags(): readonly string[]
  firewalls(): readonly FirewallSnapshot[]
}

export interface DropletSnapshot {
  readonly id: string
  readonly name: string
  readonly region: string
  readonly size: string
  readonly image: string
  readonly state: 'new' | 'active' | 'off'
  /** What is going on with it: `create`, `destroy`, `reboot`. */
  readonly event: string | undefined
  readonly tags: readonly string[]
  readonly vpcId: string
  readonly keyFingerprints: readonly string[]
  readonly features: readonly string[]
  readonly addresses: Addresses
  readonly userData: string
  readonly console: string
  /** Folder that stands for `/`; gone when the droplet is. */
  readonly root: string
}

export interface VpcSnapshot {
  readonly id: string
  readonly name: string
  readonly description: string
  readonly region: string
  readonly range: string
  readonly isDefault: boolean
}

export interface KeySnapshot {
  readonly id: number
  readonly name: string
  readonly fingerprint: string
  readonly publicKey: string
}

export interface FirewallSnapshot {
  readonly id: string
  readonly name: string
  readonly tags: readonly string[]
  readonly dropletIds: readonly number[]
  readonly inbound: readonly FirewallRule[]
  readonly outbound: readonly FirewallRule[]
}

export function openSnapshots(account: Account): DigitaloceanSnapshots {
  return {
    droplets: () => [...account.droplets.values()].map((droplet) => dropletOf(droplet, account)),
    vpcs: () =>
      [...account.vpcs.values()].map(({ createdAt: _, region, ...vpc }) => ({
        ...vpc,
        region: region.slug,
      })),
    keys: () => [...account.keys.values()].map((key) => ({ ...key })),
    tags: () => [...account.tags.values()],
    firewalls: () =>
      [...account.firewalls.values()].map((firewall) => ({
        id: firewall.id,
        name: firewall.name,
        tags: tagNames(account, firewall.tags),
        dropletIds: [...firewall.droplets],
        inbound: firewall.inbound,
        outbound: firewall.outbound,
      })),
  }
}

function dropletOf(droplet: Droplet, account: Account): DropletSnapshot {
  return {
    id: String(droplet.id),
    name: droplet.name,
    region: droplet.region.slug,
    size: droplet.size.slug,
    image: droplet.image.slug,
    state: droplet.state,
    event: droplet.event,
    tags: tagNames(account, droplet.tags),
    vpcId: droplet.vpc.id,
    keyFingerprints: droplet.keys.map(({ fingerprint }) => fingerprint),
    features: droplet.features,
    addresses: droplet.addresses,
    userData: droplet.userData,
    console: droplet.machine.console(),
    root: droplet.machine.root,
  }
}
