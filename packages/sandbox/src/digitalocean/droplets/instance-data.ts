import type { InstanceData } from '../../machine/user-data.ts'
import type { Key } from '../account.ts'
import type { Region } from '../catalog/regions.ts'
import { type DropletInterface, netmask } from './interfaces.ts'

export interface Identity {
  readonly id: number
  readonly name: string
  readonly region: Region
  readonly keys: readonly Key[]
  readonly interfaces: readonly DropletInterface[]
}

/**
 * What cloud-init knows on a droplet. Its DigitalOcean datasource reads `/metadata/v1.json` and keeps
 * these parts of it; tags and features are not among them.
 */
export function instanceData({ id, name, region, keys, interfaces }: Identity): InstanceData {
  return {
    v1: {
      cloud_name: 'digitalocean',
      platform: 'digitalocean',
      instance_id: String(id),
      region: region.slug,
      availability_zone: region.slug,
      // cloud-init takes a name apart at its first point.
      local_hostname: name.split('.')[0] ?? name,
    },
    metaData: {
      'instance-id': id,
      'local-hostname': name,
      availability_zone: region.slug,
      'public-keys': keys.map(({ publicKey }) => publicKey),
      interfaces: shown(interfaces),
    },
  }
}

/** By their types; a droplet without public networking has no word of it. */
function shown(interfaces: readonly DropletInterface[]): Record<string, unknown> {
  const entries = interfaces.map(({ type, mac, address, prefix, gateway }) => {
    const ipv4 = { ip_address: address, netmask: netmask(prefix), gateway }
    return [type, [{ ipv4, mac, type }]] as const
  })
  return Object.fromEntries(entries)
}
