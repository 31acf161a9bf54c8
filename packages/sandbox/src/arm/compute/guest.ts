import { formatIpv4, parseIpv4 } from '../../ipv4.ts'
import type { InstanceData } from '../../machine/user-data.ts'
import type { Guest, GuestInterface } from '../../vm/guest.ts'
import { referToSubnet } from '../network/refer.ts'
import type { NetworkInterface } from '../resources.ts'
import type { World } from '../world.ts'
import type { MachineProperties } from './machine-body.ts'
import { openMetadataService } from './metadata-service.ts'
import { provisioningDisk } from './provisioning-disk.ts'
import { openWireServer } from './wire-server.ts'

export interface GuestSource {
  readonly vmId: string
  readonly name: string
  readonly location: string
  readonly properties: MachineProperties
  readonly instance: InstanceData
  readonly interfaces: readonly NetworkInterface[]
  readonly publicAddress: string
}

/** By which every machine of Azure is known, in the field that a person would fill in. */
const chassis = '7783-7084-3265-9085-8269-3286-77'
/** The wire server, which is the name server too. DHCP tells it in an option of Azure's own. */
const wireAddress = '168.63.129.16'
const wireOption = 245

/**
 * How a machine looks from inside: DMI tables, a provisioning disk, the metadata service and the wire server
 * to which the system reports that it is up.
 */
export function guestOf(source: GuestSource, world: World): Guest {
  const { vmId, name, properties, instance, interfaces, publicAddress } = source
  const metadata = openMetadataService(instance)
  const wireServer = openWireServer(vmId, name)
  return {
    smbios: [
      `type=1,manufacturer=Microsoft Corporation,product=Virtual Machine,uuid=${vmId}`,
      `type=3,manufacturer=Microsoft Corporation,asset=${chassis}`,
    ],
    interfaces: interfaces.map((one) => guestInterface(one, world)),
    metadata: (request) =>
      request.target.startsWith('/machine') ? wireServer(request) : metadata(request),
    metadataAddresses: ['169.254.169.254', wireAddress],
    nameServers: [wireAddress],
    dhcpOptions: new Map([[wireOption, Buffer.from(wireAddress.split('.').map(Number))]]),
    publicAddress: () => (publicAddress === '' ? undefined : publicAddress),
    disk: provisioningDisk(properties, name),
  }
}

function guestInterface(one: NetworkInterface, world: World): GuestInterface {
  const configuration = one.configurations.find(({ isPrimary }) => isPrimary)
  const referring = { from: one.id, location: one.location }
  const { network, subnet } = referToSubnet(configuration?.subnetId ?? '', referring, world)
  const [first = '', prefix] = subnet.cidr.split('/')
  return {
    mac: one.macAddress.replaceAll('-', ':').toLowerCase(),
    address: configuration?.privateAddress,
    prefix: Number(prefix),
    gateway: formatIpv4(parseIpv4(first) + 1),
    network: network.id,
  }
}
