import type { Account, Key, Vpc } from '../account.ts'
import { findImage, type Image } from '../catalog/images.ts'
import { findRegion, type Region } from '../catalog/regions.ts'
import { findSize, type Size } from '../catalog/sizes.ts'
import { findKey } from '../keys/find.ts'
import { defaultVpc } from '../networks/vpcs.ts'
import { unprocessable } from '../refusals.ts'
import { checkTag } from '../tags/names.ts'
import type { CreateInput } from './create-input.ts'

/** Droplets that could be made. */
export interface CreatePlan {
  readonly names: readonly string[]
  readonly region: Region
  readonly size: Size
  readonly image: Image
  readonly keys: readonly Key[]
  /** Undefined where the first of the region is to be made. */
  readonly vpc: Vpc | undefined
  readonly input: CreateInput
}

const mostAtOnce = 10
/** Bytes, before base64. */
const longestUserData = 64 * 1024

/** Checks a create call, in the vendor's words. Throws Refusal. */
export function planDroplets(input: CreateInput, account: Account): CreatePlan {
  const names = 'names' in input ? input.names : [input.name]
  checkNames(names)
  const image = findImage(input.image)
  if (image === undefined) {
    throw unprocessable('You specified an invalid image for Droplet creation.')
  }
  const size = findSize(input.size)
  if (size === undefined) {
    throw unprocessable('You specified an invalid size for Droplet creation.')
  }
  const region = findRegion(input.region ?? size.regions[0] ?? '')
  if (region === undefined) {
    throw unprocessable('You specified an invalid region for Droplet creation.')
  }
  checkFit(image, size, region)
  const keys = keysOf(input, account)
  for (const tag of input.tags ?? []) checkTag(tag)
  if (Buffer.byteLength(input.user_data ?? '') > longestUserData) {
    throw unprocessable('User data is too long (maximum is 64KiB)')
  }
  const vpc = vpcOf(input, region, account)
  checkRoom({ count: names.length, region, size }, account)
  return { names, region, size, image, keys, vpc, input }
}

function checkNames(names: readonly string[]): void {
  if (names.length === 0) throw unprocessable('Name is required')
  if (names.length > mostAtOnce) {
    throw unprocessable(`You can only create up to ${mostAtOnce} droplets at a time`)
  }
  for (const name of names) {
    if (/^[a-zA-Z0-9]([a-zA-Z0-9.-]*[a-zA-Z0-9])?$/.test(name) && name.length <= 255) continue
    throw unprocessable('Only valid hostname characters are allowed. (a-z, A-Z, 0-9, . and -)')
  }
}

function checkFit(image: Image, size: Size, region: Region): void {
  if (!size.regions.includes(region.slug)) {
    throw unprocessable('Size is not available in this region.')
  }
  if (!image.regions.includes(region.slug)) {
    throw unprocessable('The image you specified is not available in the selected region')
  }
  if (image.minDiskSize > size.disk) {
    throw unprocessable('This size is too small for this image.')
  }
}

function keysOf({ ssh_keys: named }: CreateInput, account: Account): readonly Key[] {
  const found = (named ?? []).map((name) => ({ name, key: findKey(account, String(name)) }))
  const unknown = found.filter(({ key }) => key === undefined).map(({ name }) => name)
  if (unknown.length > 0) {
    throw unprocessable(`${unknown.join(', ')} are invalid key identifiers for Droplet creation.`)
  }
  return found.flatMap(({ key }) => (key === undefined ? [] : [key]))
}

function vpcOf({ vpc_uuid: id }: CreateInput, region: Region, account: Account): Vpc | undefined {
  if (id === undefined || id === null || id === '') return defaultVpc(account, region)
  const vpc = account.vpcs.get(id)
  if (vpc === undefined) throw unprocessable('Failed to resolve VPC')
  if (vpc.region !== region) {
    throw unprocessable('VPC is not in the same region as the Droplet')
  }
  return vpc
}

interface Wanted {
  readonly count: number
  readonly region: Region
  readonly size: Size
}

/** The account's limit first, then what the region has left. */
function checkRoom({ count, region, size }: Wanted, account: Account): void {
  if (account.droplets.size + count > account.dropletLimit) {
    throw unprocessable('creating this/these droplet(s) will exceed your droplet limit')
  }
  const here = [...account.droplets.values()].filter((droplet) => droplet.region === region)
  const fault = account.faults.take('no-capacity', { zone: region.slug }, ({ type, after }) => {
    if (type !== undefined && type !== size.slug) return false
    const like = here.filter((droplet) => type === undefined || droplet.size === size)
    return like.length + count > after
  })
  if (fault !== undefined) throw unprocessable('Size is not available in this region.')
}
