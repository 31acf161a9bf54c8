import type { InstanceData } from '../../machine/user-data.ts'
import type { Interface } from '../account.ts'
import type { Zone } from '../catalog/zones.ts'
import { nameServers } from './guest.ts'

export interface Identity {
  readonly uuid: string
  readonly hostname: string
  readonly zone: Zone
  readonly sshKeys: readonly string[]
  readonly interfaces: readonly Interface[]
}

/**
 * What cloud-init knows on a server. Its UpCloud datasource reads `/metadata/v1.json` and keeps these
 * parts of it.
 */
export function instanceData(identity: Identity): InstanceData {
  const { uuid, hostname, zone, sshKeys, interfaces } = identity
  return {
    v1: {
      cloud_name: 'upcloud',
      platform: 'upcloud',
      instance_id: uuid,
      region: zone.id,
      availability_zone: zone.id,
      // cloud-init takes a name apart at its first point.
      local_hostname: hostname.split('.')[0] ?? hostname,
    },
    metaData: {
      'instance-id': uuid,
      'local-hostname': hostname,
      availability_zone: zone.id,
      'public-keys': sshKeys,
      network: {
        interfaces: interfaces.map(({ index, type, mac, network, addresses }) => ({
          index,
          type,
          mac,
          network_id: network.uuid,
          ip_addresses: addresses.map(({ address, family }) => ({
            address,
            dhcp: true,
            family,
            floating: false,
            gateway: network.ranges[0]?.gateway ?? '',
            network: network.ranges[0]?.address ?? '',
          })),
        })),
        dns: nameServers,
      },
    },
  }
}
