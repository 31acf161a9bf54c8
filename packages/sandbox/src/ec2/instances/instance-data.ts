import type { InstanceData } from '../../machine/user-data.ts'
import type { LaunchPlan } from './launch-plan.ts'

export interface Identity {
  readonly id: string
  readonly region: string
  readonly reservationId: string
  readonly launchIndex: number
  readonly privateAddress: string
  readonly publicAddress: string | undefined
}

/** What the metadata service tells a machine, as cloud-init's Ec2 datasource reads it: all of it text. */
export function instanceData(plan: LaunchPlan, identity: Identity): InstanceData {
  const { image, type, network } = plan
  const zone = network.subnet.zone
  const hostname = privateDnsName(identity.privateAddress, identity.region)
  return {
    reads: image.name.startsWith('Flatcar-') ? 'ignition' : undefined,
    v1: {
      cloud_name: 'aws',
      platform: 'ec2',
      instance_id: identity.id,
      region: identity.region,
      availability_zone: zone.name,
      local_hostname: hostname.split('.')[0] ?? hostname,
    },
    metaData: {
      'ami-id': image.id,
      'ami-launch-index': String(identity.launchIndex),
      hostname,
      'instance-id': identity.id,
      'instance-type': type.name,
      'local-hostname': hostname,
      'local-ipv4': identity.privateAddress,
      ...(identity.publicAddress === undefined ? {} : { 'public-ipv4': identity.publicAddress }),
      placement: {
        'availability-zone': zone.name,
        'availability-zone-id': zone.id,
        region: identity.region,
      },
      'reservation-id': identity.reservationId,
    },
  }
}

export function privateDnsName(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'ec2.internal' : `${region}.compute.internal`
  return `ip-${address.replaceAll('.', '-')}.${domain}`
}

export function publicDnsName(address: string, region: string): string {
  const domain = region === 'us-east-1' ? 'compute-1' : `${region}.compute`
  return `ec2-${address.replaceAll('.', '-')}.${domain}.amazonaws.com`
}
