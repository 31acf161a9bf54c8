import { z } from 'zod'
import { defineAction } from './action.ts'
import { findAll } from './ids.ts'
import { type Region, tagsOf } from './region.ts'
import type { Volume } from './resources.ts'
import { boolean, list, paged, text } from './wire/fields.ts'
import { type FilterFields, matching } from './wire/filters.ts'
import { pageOf, refuseIdsWithPages } from './wire/paging.ts'
import { items, tagSet, timestamp, type Xml } from './wire/xml.ts'

const volumeFields: FilterFields<Volume> = {
  'attachment.delete-on-termination': ({ goesWithInstance }) => goesWithInstance,
  'attachment.device': ({ device }) => device,
  'attachment.instance-id': ({ instanceId }) => instanceId,
  'attachment.status': ({ instanceId }) => (instanceId === undefined ? undefined : 'attached'),
  'availability-zone': ({ zone }) => zone.name,
  'availability-zone-id': ({ zone }) => zone.id,
  'create-time': ({ createdAt }) => timestamp(createdAt),
  encrypted: ({ isEncrypted }) => isEncrypted,
  size: ({ size }) => size,
  'snapshot-id': ({ snapshotId }) => snapshotId,
  status: statusOf,
  'volume-id': ({ id }) => id,
  'volume-type': ({ type }) => type,
}

export const describeVolumes = defineAction(
  z.strictObject({ ...paged, IncludeManagedResources: boolean.optional(), VolumeId: list(text) }),
  (input, { region }) => {
    refuseIdsWithPages(input.VolumeId, 'volumeIdSet', input)
    const fits = matching(input.Filter, volumeFields, ({ id }) => tagsOf(region, id))
    const named = findAll('vol', input.VolumeId, (id) => region.volumes.get(id))
    const candidates = named.length > 0 ? named : [...region.volumes.values()]
    return () => {
      const page = pageOf(candidates.filter(fits), input)
      return {
        volumeSet: items(page.members.map((volume) => volumeXml(volume, region))),
        nextToken: page.nextToken,
      }
    }
  },
)

function statusOf({ instanceId }: Volume): string {
  return instanceId === undefined ? 'available' : 'in-use'
}

function volumeXml(volume: Volume, region: Region): Xml {
  const attachment = {
    volumeId: volume.id,
    instanceId: volume.instanceId,
    device: volume.device,
    status: 'attached',
    attachTime: timestamp(volume.createdAt),
    deleteOnTermination: volume.goesWithInstance,
  }
  return {
    volumeId: volume.id,
    size: volume.size,
    snapshotId: volume.snapshotId ?? '',
    availabilityZone: volume.zone.name,
    availabilityZoneId: volume.zone.id,
    status: statusOf(volume),
    createTime: timestamp(volume.createdAt),
    attachmentSet: items(volume.instanceId === undefined ? [] : [attachment]),
    tagSet: tagSet(tagsOf(region, volume.id)),
    volumeType: volume.type,
    iops: volume.iops,
    encrypted: volume.isEncrypted,
    multiAttachEnabled: false,
    throughput: volume.throughput,
  }
}
