import type { InstanceData } from '../../machine/user-data.ts'
import { subscriptionId } from '../resource-id.ts'
import type { Resource } from '../resources.ts'
import type { MachineProperties } from './machine-body.ts'

interface Identity {
  readonly base: Resource
  readonly vmId: string
  readonly properties: MachineProperties
  readonly version: string
  readonly privateAddress: string
  readonly publicAddress: string
  readonly macAddress: string
}

/**
 * What Azure's metadata service tells a machine, laid out as cloud-init's Azure datasource keeps it. That
 * takes a zone from the fault domain, and the host name from what the machine was given at its creation.
 */
export function instanceData(identity: Identity): InstanceData {
  const { base, vmId, properties } = identity
  const hostname = properties.osProfile.computerName ?? base.name
  const { publisher } = properties.storageProfile.imageReference
  return {
    // All that this publisher offers is Flatcar.
    reads: publisher.toLowerCase() === 'kinvolk' ? 'ignition' : undefined,
    v1: {
      cloud_name: 'azure',
      platform: 'azure',
      instance_id: vmId,
      region: base.location,
      availability_zone: '0',
      local_hostname: hostname,
    },
    metaData: {
      imds: { compute: compute(identity), network: network(identity) },
      'instance-id': vmId,
      'local-hostname': hostname,
    },
  }
}

function compute({ base, vmId, properties, version }: Identity): Record<string, unknown> {
  const { imageReference } = properties.storageProfile
  const tags = Object.entries(base.tags)
  return {
    azEnvironment: 'AzurePublicCloud',
    location: base.location,
    name: base.name,
    offer: imageReference.offer,
    osProfile: {
      adminUsername: properties.osProfile.adminUsername,
      computerName: properties.osProfile.computerName ?? base.name,
      disablePasswordAuthentication: String(
        properties.osProfile.linuxConfiguration?.disablePasswordAuthentication ?? false,
      ),
    },
    osType: 'Linux',
    platformFaultDomain: '0',
    platformUpdateDomain: '0',
    provider: 'Microsoft.Compute',
    publicKeys: properties.osProfile.linuxConfiguration?.ssh?.publicKeys ?? [],
    publisher: imageReference.publisher,
    resourceGroupName: base.group,
    resourceId: base.id,
    sku: imageReference.sku,
    subscriptionId,
    tags: tags.map(([name, value]) => `${name}:${value}`).join(';'),
    tagsList: tags.map(([name, value]) => ({ name, value })),
    userData: properties.userData ?? '',
    version,
    vmId,
    vmSize: properties.hardwareProfile.vmSize,
    zone: base.zones[0] ?? '',
  }
}

function network(identity: Identity): Record<string, unknown> {
  return {
    interface: [
      {
        ipv4: {
          ipAddress: [
            {
              privateIpAddress: identity.privateAddress,
              publicIpAddress: identity.publicAddress,
            },
          ],
        },
        macAddress: identity.macAddress.replaceAll('-', ''),
      },
    ],
  }
}
