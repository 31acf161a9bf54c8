import { findImage, type Image } from '../catalog/images.ts'
import { findSize, type Size, sizes } from '../catalog/sizes.ts'
import { badRequest, notFound } from '../wire/errors.ts'
import type { MachineProperties } from './machine-body.ts'

export interface Hardware {
  readonly size: Size
  readonly image: Image
}

/** @throws ArmError where there is no such size or image, or the one cannot boot the other */
export function checkHardware(
  { hardwareProfile, storageProfile }: MachineProperties,
  location: string,
): Hardware {
  const size = findSize(hardwareProfile.vmSize)
  if (size === undefined || size.absentFrom.includes(location)) {
    throw badRequest(
      'InvalidParameter',
      `The value ${hardwareProfile.vmSize} provided for the VM size is not valid. The valid sizes in the current ` +
        `region are: ${sizes.map(({ name }) => name).join(',')}.`,
      'vmSize',
    )
  }
  const { publisher, offer, sku, version } = storageProfile.imageReference
  const image = findImage({ publisher, offer, sku }, version)
  if (image === undefined) {
    throw notFound(
      'PlatformImageNotFound',
      `The platform image '${publisher}:${offer}:${sku}:${version}' is not available. Verify that all fields in the ` +
        'storage profile are correct. For more details about storage profile information, please refer to ' +
        'https://aka.ms/storageprofile',
    )
  }
  checkFit(size, image)
  const { osDisk } = storageProfile
  if (osDisk.diskSizeGB !== undefined && osDisk.diskSizeGB < image.diskGb) {
    throw badRequest(
      'OperationNotAllowed',
      `The specified disk size ${osDisk.diskSizeGB} GB is smaller than the size of the corresponding disk in the VM ` +
        `image: ${image.diskGb} GB. This is not allowed. Please choose equal or greater size or do not specify an ` +
        'explicit size.',
      'osDisk.diskSizeGB',
    )
  }
  const storage = osDisk.managedDisk?.storageAccountType ?? ''
  if (storage.startsWith('Premium') && !size.hasPremiumDisks) {
    throw badRequest(
      'InvalidParameter',
      `Requested operation cannot be performed because the VM size ${size.name} does not support the storage account ` +
        `type ${storage} of disk.`,
      'osDisk.managedDisk.storageAccountType',
    )
  }
  return { size, image }
}

function checkFit(size: Size, image: Image): void {
  if (size.architecture !== image.architecture) {
    throw badRequest(
      'BadRequest',
      `Cannot create a VM of size '${size.name}' because this VM size only supports a CPU Architecture of ` +
        `'${size.architecture}', but an image or disk with CPU Architecture '${image.architecture}' was given. Please ` +
        'check that the CPU Architecture of the image or disk is compatible with that of the VM size.',
    )
  }
  if (!size.generations.includes(image.generation)) {
    const generation = image.generation.slice(1)
    throw badRequest(
      'BadRequest',
      `The selected VM size '${size.name}' cannot boot Hypervisor Generation '${generation}'. If this was a Create ` +
        'operation please check that the Hypervisor Generation of the Image matches the Hypervisor Generation of the ' +
        `selected VM Size. If this was an Update operation please select a Hypervisor Generation '${generation}' VM ` +
        'Size. For more information, see https://aka.ms/azuregen2vm',
    )
  }
}
