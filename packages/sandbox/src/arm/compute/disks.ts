import { randomUUID } from 'node:crypto'
import { diskVersions } from '../api-versions.ts'
import type { Held, Kind, PutRequest } from '../kind.ts'
import { envelopeOf, newResource, removeLater } from '../resource-base.ts'
import { formatGroupId, formatResourceId } from '../resource-id.ts'
import type { Disk, VirtualMachine } from '../resources.ts'
import { ArmError, conflict } from '../wire/errors.ts'
import type { World } from '../world.ts'

const type = 'Microsoft.Compute/disks'

/** Managed disks. They come with machines: this sandbox makes none by themselves. */
export const disks: Kind = {
  type,
  operations: 'disks',
  apiVersions: diskVersions,
  plan() {
    throw new ArmError({
      status: 501,
      code: 'NotImplemented',
      message: 'the sandbox makes disks only together with machines',
    })
  },
  find(id, world) {
    const disk = world.account.disks.get(formatResourceId(id))
    return disk && hold(disk, world)
  },
  list: (world) => world.account.disks.values().map((disk) => hold(disk, world)),
}

/** The system disk of a machine that is being made; it has the machine's zone, and none of its tags. */
export function makeDisk(machine: VirtualMachine, request: PutRequest, world: World): Disk {
  const { osDisk } = machine.properties.storageProfile
  const disk: Disk = {
    ...newResource(
      { ...request, id: { ...request.id, type, names: [machine.diskName] } },
      { location: machine.location, tags: {}, zones: machine.zones },
    ),
    state: 'Succeeded',
    uniqueId: randomUUID(),
    sizeGb: osDisk.diskSizeGB ?? machine.image.diskGb,
    sku: osDisk.managedDisk?.storageAccountType ?? 'Standard_LRS',
    image: machine.image,
    machineId: machine.id,
  }
  world.account.disks.set(disk.id, disk)
  return disk
}

function hold(disk: Disk, world: World): Held {
  const { image } = disk
  return {
    resource: disk,
    etag: disk.etag,
    view: () => ({
      ...envelopeOf(disk),
      ...(disk.machineId === undefined ? {} : { managedBy: disk.machineId }),
      sku: { name: disk.sku, tier: disk.sku.split('_')[0] },
      properties: {
        osType: 'Linux',
        hyperVGeneration: image.generation,
        creationData: { createOption: 'FromImage', imageReference: { id: imageId(disk) } },
        diskSizeGB: disk.sizeGb,
        diskSizeBytes: disk.sizeGb * 1024 ** 3,
        uniqueId: disk.uniqueId,
        timeCreated: disk.createdAt.toISOString(),
        provisioningState: disk.state,
        diskState: disk.machineId === undefined ? 'Unattached' : 'Attached',
      },
    }),
    remove() {
      if (disk.machineId !== undefined) {
        throw conflict(
          'OperationNotAllowed',
          `Disk ${disk.name} is attached to VM ${disk.machineId}.`,
        )
      }
      return removeLater(disk, world, () => world.account.disks.delete(disk.id))
    },
  }
}

function imageId({ image, location }: Disk): string {
  const subscription = formatGroupId('').split('/').slice(0, 3).join('/')
  return (
    `${subscription}/Providers/Microsoft.Compute/Locations/${location}/Publishers/${image.publisher}/ArtifactTypes/` +
    `VMImage/Offers/${image.offer}/Skus/${image.sku}/Versions/${image.version}`
  )
}
