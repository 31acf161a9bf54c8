import { parseIpv4Block } from '../../ipv4.ts'
import type { Account, Action, Droplet } from '../account.ts'
import { diskInfo, imageView, regionView, sizeView } from '../catalog/views.ts'
import { tagNames } from '../tags/names.ts'
import { netmask, publicGateway, publicPrefix } from './interfaces.ts'

/** As `GET /v2/droplets/{id}` shows it: no addresses before it is up. */
export function dropletView(droplet: Droplet, account: Account) {
  const { size } = droplet
  return {
    id: droplet.id,
    name: droplet.name,
    memory: size.memory,
    vcpus: size.vcpus,
    disk: size.disk,
    disk_info: diskInfo(size),
    locked: droplet.event !== undefined,
    status: droplet.state,
    kernel: null,
    created_at: timestamp(droplet.createdAt),
    features: [...droplet.features],
    backup_ids: [],
    next_backup_window: null,
    snapshot_ids: [],
    image: imageView(droplet.image),
    volume_ids: [],
    size: sizeView(size),
    size_slug: size.slug,
    networks: droplet.state === 'new' ? { v4: [], v6: [] } : networks(droplet),
    region: regionView(droplet.region),
    tags: tagNames(account, droplet.tags),
    vpc_uuid: droplet.vpc.id,
  }
}

function networks({ addresses, vpc }: Droplet) {
  const range = parseIpv4Block(vpc.range)
  return {
    v4: [
      {
        ip_address: addresses.private,
        netmask: netmask(range?.prefix ?? 20),
        gateway: '<nil>',
        type: 'private',
      },
      ...(addresses.public === undefined
        ? []
        : [
            {
              ip_address: addresses.public,
              netmask: netmask(publicPrefix),
              gateway: publicGateway,
              type: 'public',
            },
          ]),
    ],
    v6:
      addresses.ipv6 === undefined
        ? []
        : [
            {
              ip_address: addresses.ipv6,
              netmask: 64,
              gateway: addresses.ipv6.replace(/::1$/, '::ffff'),
              type: 'public',
            },
          ],
  }
}

export function actionView(action: Action) {
  return {
    id: action.id,
    status: action.status,
    type: action.type,
    started_at: timestamp(action.startedAt),
    completed_at: action.completedAt === undefined ? null : timestamp(action.completedAt),
    resource_id: action.resourceId,
    resource_type: 'droplet',
    region: regionView(action.region),
    region_slug: action.region.slug,
  }
}

/** DigitalOcean's times have no fractions of a second. */
export function timestamp(date: Date): string {
  return date.toISOString().replace(/\.\d+Z$/, 'Z')
}
