import type { InstanceData } from '../../machine/user-data.ts'
import type { Guest } from '../../vm/guest.ts'
import { type MetadataService, notFound } from '../../vm/metadata-service.ts'
import { listing } from '../../vm/metadata-tree.ts'
import type { Key } from '../account.ts'
import type { Region } from '../catalog/regions.ts'
import type { DropletInterface } from './interfaces.ts'

export interface GuestSource {
  readonly id: number
  readonly name: string
  readonly region: Region
  readonly vpcId: string
  readonly keys: readonly Key[]
  readonly userData: string
  readonly instance: InstanceData
  readonly tags: readonly string[]
  readonly interfaces: readonly DropletInterface[]
}

const nameServers = ['67.207.67.2', '67.207.67.3']

/** How a droplet looks from inside: its DMI tables, interfaces without DHCP, and its metadata service. */
export function guestOf(source: GuestSource): Guest {
  const { id, interfaces, vpcId } = source
  return {
    smbios: [
      `type=1,manufacturer=DigitalOcean,product=Droplet,serial=${id},family=DigitalOcean_Droplet`,
    ],
    interfaces: interfaces.map(({ type, mac, address, prefix, gateway }) => ({
      mac,
      address,
      prefix,
      gateway: gateway === '' ? undefined : gateway,
      network: type === 'public' ? 'digitalocean' : vpcId,
    })),
    metadata: openMetadataService(source),
    metadataAddresses: ['169.254.169.254'],
    nameServers,
    publicAddress: () => interfaces.find(({ type }) => type === 'public')?.address,
  }
}

/** As the reference of DigitalOcean's metadata API lists it: one document, and its parts as texts. */
function openMetadataService(source: GuestSource): MetadataService {
  const document = metadataOf(source)
  const { user_data, ...rest } = document
  const tree = {
    ...rest,
    id: String(source.id),
    'user-data': user_data,
    'public-keys': document.public_keys.join('\n'),
  }
  return ({ method, target }) => {
    if (method !== 'GET') return { status: 405, body: '' }
    const [path = ''] = target.split('?')
    if (path === '/metadata/v1.json') {
      return { status: 200, type: 'application/json', body: JSON.stringify(document) }
    }
    const [, names] = /^\/metadata\/v1(?:\/(.*))?$/.exec(path) ?? []
    if (names === undefined && path !== '/metadata/v1') return notFound()
    const body = listing(tree, names ?? '')
    return body === undefined ? notFound() : { status: 200, body }
  }
}

function metadataOf({ id, name, region, keys, userData, tags, instance }: GuestSource) {
  return {
    droplet_id: id,
    hostname: name,
    user_data: userData,
    vendor_data: '',
    public_keys: keys.map(({ publicKey }) => publicKey),
    region: region.slug,
    interfaces: instance.metaData.interfaces,
    dns: { nameservers: nameServers },
    tags: [...tags],
    features: { dhcp_enabled: false },
  }
}
