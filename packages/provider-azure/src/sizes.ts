import type { ResourceSku } from '@azure/arm-compute'
import { type Call, hintNearest, nearest, ProvisionError } from '@kontena/core'
import { all } from './answers.ts'
import type { Cloud } from './clients.ts'

/** As images are named after it; Azure itself says `x64` for `amd64`. */
export type Architecture = 'amd64' | 'arm64'
/** Virtual hardware: older images and sizes know V1 only, the newest sizes V2 only. */
export type Generation = 'V1' | 'V2'

export interface Size {
  readonly name: string
  /** Whose quota of cores it counts for. */
  readonly family: string
  readonly vcpus: number
  readonly memoryGib: number
  readonly architecture: Architecture
  readonly generations: readonly Generation[]
  /** Takes Premium disks. */
  readonly hasPremium: boolean
  /** Numbers of the zones that have it for this subscription; empty where it has no zones. */
  readonly zones: readonly string[]
  /** Numbers of the zones that would have it, were they not closed to this subscription. */
  readonly closedZones: readonly string[]
  /** It is not for this subscription in this location. */
  readonly isClosed: boolean
}

/** All machine sizes of a location. One answer of a megabyte or so, as ARM filters by nothing else. */
export async function listSizes(
  cloud: Cloud,
  location: string,
  call: Call,
): Promise<readonly Size[]> {
  const question = {
    action: 'Microsoft.Compute/skus/read',
    about: `the machine sizes in ${location}`,
    ...call,
  }
  const filter = `location eq '${location}'`
  const skus = await cloud.compute(question, ({ resourceSkus }) =>
    all(resourceSkus.list({ filter })),
  )
  return skus
    .filter(({ resourceType }) => resourceType === 'virtualMachines')
    .flatMap((sku) => readSize(sku, location))
}

/** Throws `NOT_FOUND` for a size that is not there, `NO_CAPACITY` for one that is closed to the subscription. */
export function requireSize(sizes: readonly Size[], name: string, location: string): Size {
  const found = sizes.find((size) => size.name.toLowerCase() === name.toLowerCase())
  const open = sizes.filter(({ isClosed }) => !isClosed)
  if (found === undefined) {
    throw new ProvisionError('NOT_FOUND', `size ${name} does not exist in ${location}`, {
      hint: hintNearest(
        'size',
        name,
        open.map((size) => size.name),
      ),
    })
  }
  if (!found.isClosed) return found
  const like = open.filter((size) => size.vcpus === found.vcpus)
  const names = nearest(
    name,
    like.map((size) => size.name),
    3,
  )
  throw new ProvisionError(
    'NO_CAPACITY',
    `size ${found.name} is not available to this subscription in ${location}`,
    {
      hint: `use another --location or --size${names.length > 0 ? `, as ${names.join(', ')}` : ''}`,
    },
  )
}

/** Names of the zones an order may use: the given one, all that have the size, or the location itself. */
export function zonesOf(size: Size, location: string, given: string | undefined): string[] {
  const names = size.zones.map((number) => `${location}-${number}`)
  if (given === undefined) return names.length > 0 ? names : [location]
  if (size.zones.includes(given)) return [`${location}-${given}`]
  const isClosed = size.closedZones.includes(given)
  throw new ProvisionError(
    isClosed ? 'NO_CAPACITY' : 'BAD_OPTIONS',
    isClosed
      ? `size ${size.name} is not available to this subscription in zone ${given} of ${location}`
      : `size ${size.name} is not offered in zone ${given} of ${location}`,
    {
      hint:
        size.zones.length > 0
          ? `use --zone ${size.zones.join(' or ')}, or another --size`
          : 'leave --zone out: there are no zones for it there',
    },
  )
}

function readSize(sku: ResourceSku, location: string): Size[] {
  const { name, family } = sku
  if (name === undefined) return []
  const has = new Map(sku.capabilities?.map((one) => [one.name, one.value]))
  const info = sku.locationInfo?.find((one) => one.location?.toLowerCase() === location)
  const zones = (info?.zones ?? []).toSorted()
  const closed = new Set(
    sku.restrictions
      ?.filter(({ type }) => type === 'Zone')
      .flatMap(({ restrictionInfo }) => restrictionInfo?.zones ?? []),
  )
  return [
    {
      name,
      family: family ?? '',
      vcpus: Number(has.get('vCPUsAvailable') ?? has.get('vCPUs') ?? 0),
      memoryGib: Number(has.get('MemoryGB') ?? 0),
      architecture: has.get('CpuArchitectureType')?.toLowerCase() === 'arm64' ? 'arm64' : 'amd64',
      generations: generationsOf(has.get('HyperVGenerations')),
      hasPremium: has.get('PremiumIO') === 'True',
      zones: zones.filter((zone) => !closed.has(zone)),
      closedZones: zones.filter((zone) => closed.has(zone)),
      isClosed: sku.restrictions?.some(({ type }) => type === 'Location') ?? false,
    },
  ]
}

function generationsOf(text = 'V1'): Generation[] {
  return text.split(',').flatMap((one) => (one === 'V1' || one === 'V2' ? one : []))
}
