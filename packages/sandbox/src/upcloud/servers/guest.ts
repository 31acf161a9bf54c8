import type { InstanceData } from '../../machine/user-data.ts'
import type { Guest, GuestInterface } from '../../vm/guest.ts'
import { type MetadataService, notFound } from '../../vm/metadata-service.ts'
import type { Interface } from '../account.ts'

export interface GuestSource {
  readonly uuid: string
  readonly hostname: string
  readonly zone: string
  readonly userData: string
  readonly hasMetadata: boolean
  readonly instance: InstanceData
  readonly interfaces: readonly Interface[]
}

export const nameServers = ['94.237.127.9', '94.237.40.9']

/** How a server looks from inside: DMI tables, interfaces with DHCP, and its metadata service. */
export function guestOf(source: GuestSource): Guest {
  const { uuid, interfaces } = source
  return {
    smbios: [`type=1,manufacturer=UpCloud,product=KVM,uuid=${uuid},serial=${uuid}`],
    interfaces: interfaces.map(guestInterface),
    metadata: openMetadataService(source),
    metadataAddresses: ['169.254.169.254'],
    nameServers,
    publicAddress: () => addressOf(interfaces.find(({ type }) => type === 'public')),
  }
}

function guestInterface(one: Interface): GuestInterface {
  const [range] = one.network.ranges
  const [, prefix] = range?.address.split('/') ?? []
  const gateway = range?.dhcp_default_route === 'yes' ? range.gateway : undefined
  return {
    mac: one.mac,
    address: addressOf(one),
    prefix: Number(prefix),
    gateway: typeof gateway === 'string' ? gateway : undefined,
    // Public addresses reach each other from zone to zone.
    network: one.type === 'public' ? 'upcloud' : one.network.uuid,
  }
}

function addressOf(one: Interface | undefined): string | undefined {
  return one?.addresses.find(({ family }) => family === 'IPv4')?.address
}

/** The document that UpCloud's metadata service hands out, as cloud-init's UpCloud datasource reads it. */
function openMetadataService(source: GuestSource): MetadataService {
  const { instance, uuid, hostname, zone, userData, hasMetadata } = source
  const { metaData } = instance
  const document = {
    cloud_name: 'upcloud',
    hostname,
    instance_id: uuid,
    network: metaData.network,
    platform: 'upcloud',
    public_keys: metaData['public-keys'],
    region: zone,
    storage: {},
    subplatform: 'metadata (http://169.254.169.254)',
    tags: [],
    user_data: userData,
    vendor_data: '',
  }
  return ({ method, target }) => {
    const isKnown = method === 'GET' && target === '/metadata/v1.json' && hasMetadata
    if (!isKnown) return notFound()
    return { status: 200, type: 'application/json', body: JSON.stringify(document) }
  }
}
