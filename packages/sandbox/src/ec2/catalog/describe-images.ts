import { z } from 'zod'
import { defineAction } from '../action.ts'
import { findAll } from '../ids.ts'
import { accountId, type Image } from '../resources.ts'
import { boolean, list, paged, text } from '../wire/fields.ts'
import { type FilterFields, matching } from '../wire/filters.ts'
import { pageOf } from '../wire/paging.ts'
import { items, timestamp, type Xml } from '../wire/xml.ts'

const imageFields: FilterFields<Image> = {
  architecture: ({ architecture }) => architecture,
  'creation-date': ({ createdAt }) => timestamp(createdAt),
  description: ({ description }) => description,
  hypervisor: () => 'xen',
  'image-id': ({ id }) => id,
  'image-type': () => 'machine',
  'is-public': () => true,
  name: ({ name }) => name,
  'owner-id': ({ ownerId }) => ownerId,
  'root-device-name': ({ rootDevice }) => rootDevice,
  'root-device-type': () => 'ebs',
  state: () => 'available',
  'virtualization-type': () => 'hvm',
}

export const describeImages = defineAction(
  z.strictObject({
    ...paged,
    ExecutableBy: list(text),
    ImageId: list(text),
    IncludeDeprecated: boolean.optional(),
    IncludeDisabled: boolean.optional(),
    Owner: list(text),
  }),
  (input, { region }) => {
    const fits = matching(input.Filter, imageFields, () => new Map())
    const named = findAll('ami', input.ImageId, (id) => region.images.get(id))
    const candidates = named.length > 0 ? named : [...region.images.values()]
    const owners = input.Owner.map((owner) => (owner === 'self' ? accountId : owner))
    const isOwned = ({ ownerId }: Image) => owners.length === 0 || owners.includes(ownerId)
    return () => {
      const found = candidates.filter((image) => fits(image) && isOwned(image))
      const page = pageOf(found, input, { least: 1, most: 1000 })
      return { imagesSet: items(page.members.map(imageXml)), nextToken: page.nextToken }
    }
  },
)

function imageXml(image: Image): Xml {
  return {
    imageId: image.id,
    imageLocation: `${image.ownerId}/${image.name}`,
    imageState: 'available',
    imageOwnerId: image.ownerId,
    creationDate: timestamp(image.createdAt),
    isPublic: true,
    architecture: image.architecture,
    imageType: 'machine',
    enaSupport: true,
    name: image.name,
    description: image.description,
    rootDeviceType: 'ebs',
    rootDeviceName: image.rootDevice,
    blockDeviceMapping: items([
      {
        deviceName: image.rootDevice,
        ebs: {
          snapshotId: image.snapshotId,
          volumeSize: image.rootSize,
          deleteOnTermination: true,
          volumeType: 'gp3',
          encrypted: false,
        },
      },
    ]),
    virtualizationType: 'hvm',
    hypervisor: 'xen',
    bootMode: 'uefi-preferred',
    platformDetails: 'Linux/UNIX',
    usageOperation: 'RunInstances',
  }
}
