import { regions } from './regions.ts'

/** A kind of droplet, as `GET /v2/sizes` describes it. */
export interface Size {
  readonly slug: string
  readonly description: string
  /** MiB. */
  readonly memory: number
  readonly vcpus: number
  /** GiB. */
  readonly disk: number
  /** TiB each month. */
  readonly transfer: number
  readonly monthly: number
  readonly hourly: number
  readonly regions: readonly string[]
  /** False for sizes that nobody can have any more. */
  readonly isAvailable: boolean
}

const everywhere = regions.map(({ slug }) => slug)
const except = (...slugs: readonly string[]) => everywhere.filter((slug) => !slugs.includes(slug))

/** Slug, description, vCPUs, memory, disk, transfer, price a month and an hour, regions. */
type Row = readonly [
  slug: string,
  description: string,
  vcpus: number,
  memory: number,
  disk: number,
  transfer: number,
  monthly: number,
  hourly: number,
  regions?: readonly string[],
]

/** Prices as the vendor's list has them in 2026. */
const rows: readonly Row[] = [
  ['s-1vcpu-512mb-10gb', 'Basic', 1, 512, 10, 0.5, 4, 0.00595, ['ams3', 'fra1', 'nyc1', 'sfo3']],
  ['s-1vcpu-1gb', 'Basic', 1, 1024, 25, 1, 6, 0.00893],
  ['s-1vcpu-2gb', 'Basic', 1, 2048, 50, 2, 12, 0.01786],
  ['s-2vcpu-2gb', 'Basic', 2, 2048, 60, 3, 18, 0.02679],
  ['s-2vcpu-4gb', 'Basic', 2, 4096, 80, 4, 24, 0.03571],
  ['s-4vcpu-8gb', 'Basic', 4, 8192, 160, 5, 48, 0.07143],
  ['s-8vcpu-16gb', 'Basic', 8, 16_384, 320, 6, 96, 0.14286],
  ['s-1vcpu-1gb-amd', 'Basic AMD', 1, 1024, 25, 1, 7, 0.01042, except('sfo3')],
  ['s-2vcpu-4gb-amd', 'Basic AMD', 2, 4096, 80, 4, 28, 0.04167, except('sfo3')],
  ['s-2vcpu-4gb-intel', 'Basic Intel', 2, 4096, 80, 4, 28, 0.04167],
  ['g-2vcpu-8gb', 'General Purpose', 2, 8192, 25, 4, 63, 0.09375, except('blr1')],
  ['c-2', 'CPU-Optimized', 2, 4096, 25, 4, 42, 0.0625],
  ['c-4', 'CPU-Optimized', 4, 8192, 50, 5, 84, 0.125],
  ['m-2vcpu-16gb', 'Memory-Optimized', 2, 16_384, 50, 4, 84, 0.125, except('blr1', 'tor1')],
  ['so-2vcpu-16gb', 'Storage-Optimized', 2, 16_384, 300, 4, 131, 0.19494, ['fra1', 'nyc1']],
]

/** Old sizes stay listed; no region has them. */
const retired: readonly Row[] = [['1gb', 'Legacy Basic', 1, 1024, 30, 2, 10, 0.01488, []]]

export const sizes: readonly Size[] = [
  ...rows.map((row) => sizeOf(row, true)),
  ...retired.map((row) => sizeOf(row, false)),
]

function sizeOf(
  [slug, description, vcpus, memory, disk, transfer, monthly, hourly, where = everywhere]: Row,
  isAvailable: boolean,
): Size {
  const numbers = { vcpus, memory, disk, transfer, monthly, hourly }
  return { slug, description, ...numbers, regions: where, isAvailable }
}

export function findSize(slug: string): Size | undefined {
  return sizes.find((size) => size.slug === slug)
}
