import { randomBytes } from 'node:crypto'
import type { InstanceData } from '../../machine/user-data.ts'
import type { Addresses, Key } from '../account.ts'
import type { Region } from '../catalog/regions.ts'

export interface Identity {
  readonly id: number
  readonly name: string
  readonly region: Region
  readonly keys: readonly Key[]
  readonly addresses: Addresses
}

/**
 * What cloud-init knows on a droplet. Its DigitalOcean datasource reads `/metadata/v1.json` and keeps
 * these parts of it; tags and features are not among them.
 */
export function instanceData({ id, name, region, keys, addresses }: Identity): InstanceData {
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
      interfaces: {
        ...(addresses.public === undefined
          ? {}
          : { public: [networkInterface('public', addresses.public)] }),
        private: [networkInterface('private', addresses.private)],
      },
    },
  }
}

function networkInterface(type: string, address: string) {
  const ipv4 = { ip_address: address, netmask: '255.255.240.0', gateway: '' }
  return { ipv4, mac: macAddress(), type }
}

/** Locally administered, as DigitalOcean's are. */
function macAddress(): string {
  return ['7a', ...(randomBytes(5).toString('hex').match(/../g) ?? [])].join(':')
}
