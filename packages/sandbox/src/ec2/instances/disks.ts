import type { Image } from '../resources.ts'
import { Ec2Error, invalidValue } from '../wire/errors.ts'
import type { BlockDeviceInput } from './launch-input.ts'

/** A volume that an instance is to start with. */
export interface Disk {
  readonly device: string
  readonly size: number
  readonly type: string
  readonly iops: number | undefined
  readonly throughput: number | undefined
  readonly isEncrypted: boolean
  readonly snapshotId: string | undefined
  readonly goesWithInstance: boolean
}

/** Types with their sizes in GiB, as the EBS guide lists them. */
const volumeTypes: Readonly<Record<string, readonly [number, number]>> = {
  gp2: [1, 16_384],
  gp3: [1, 65_536],
  io1: [4, 16_384],
  io2: [4, 65_536],
  st1: [125, 16_384],
  sc1: [125, 16_384],
  standard: [1, 1024],
}

/**
 * Volumes of an instance: the image's root, changed by the mapping that names its device, and one
 * more for each mapping that names another. A misspelt root device therefore leaves the root as it is.
 */
export function planDisks(image: Image, mappings: readonly BlockDeviceInput[]): readonly Disk[] {
  const names = mappings.map(({ DeviceName }) => DeviceName)
  const twice = names.find((name, index) => names.indexOf(name) !== index)
  if (twice !== undefined) {
    throw new Ec2Error(
      'InvalidBlockDeviceMapping',
      `The device '${twice}' is used in more than one block-device mapping`,
    )
  }
  const root = mappings.find(({ DeviceName }) => DeviceName === image.rootDevice)
  const others = mappings.filter((mapping) => mapping !== root && mapping.Ebs !== undefined)
  return [
    planDisk(root ?? { DeviceName: image.rootDevice }, image),
    ...others.map((mapping) => planDisk(mapping)),
  ]
}

function planDisk({ DeviceName: device, Ebs: ebs }: BlockDeviceInput, image?: Image): Disk {
  const type = ebs?.VolumeType ?? 'gp2'
  const size = ebs?.VolumeSize ?? image?.rootSize
  if (size === undefined) {
    throw new Ec2Error(
      'MissingParameter',
      'The request must contain the parameter size or snapshotId',
    )
  }
  if (image !== undefined) checkHoldsImage(size, image)
  checkSize(type, size)
  const usual = type === 'gp3' ? { iops: 3000, throughput: 125 } : undefined
  return {
    device,
    size,
    type,
    iops: ebs?.Iops ?? usual?.iops,
    throughput: ebs?.Throughput ?? usual?.throughput,
    isEncrypted: ebs?.Encrypted ?? false,
    snapshotId: image?.snapshotId ?? ebs?.SnapshotId,
    goesWithInstance: ebs?.DeleteOnTermination ?? true,
  }
}

function checkHoldsImage(size: number, { snapshotId, rootSize }: Image): void {
  if (size >= rootSize) return
  throw new Ec2Error(
    'InvalidBlockDeviceMapping',
    `Volume of size ${size}GB is smaller than snapshot '${snapshotId}', expect size >= ${rootSize}GB`,
  )
}

function checkSize(type: string, size: number): void {
  const limits = Object.hasOwn(volumeTypes, type) ? volumeTypes[type] : undefined
  if (limits === undefined) {
    throw invalidValue(`Value (${type}) for parameter volumeType is invalid. Unknown volume type.`)
  }
  const [least, most] = limits
  if (size >= least && size <= most) return
  throw invalidValue(
    `Volume of ${size}GiB is out of range; a ${type} volume has between ${least}GiB and ${most}GiB`,
  )
}
