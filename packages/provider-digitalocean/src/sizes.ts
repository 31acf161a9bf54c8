import { type Call, hintNearest, ProvisionError } from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import * as dots from './dots.ts'
import { listAll } from './pages.ts'

const size = z.object({
  slug: z.string(),
  available: z.boolean().default(true),
  regions: z.array(z.string()),
  /** MiB. */
  memory: z.number(),
  vcpus: z.number(),
  /** GB. */
  disk: z.number(),
  /** US dollars, as are the monthly ones. */
  price_hourly: z.number(),
  price_monthly: z.number(),
})
export type Size = z.infer<typeof size>

/** MiB below which Docker and an agent leave nothing for services. */
const leastMemory = 1024

export async function listSizes(cloud: Cloud, call: Call): Promise<readonly Size[]> {
  const question = { scope: 'sizes:read', about: 'the sizes', key: 'sizes', item: size }
  return await listAll(cloud, { ...question, ...call }, (context, page) =>
    dots.listSizes(context)(page),
  )
}

/** Those that nodes can have in a region, cheapest first; in any region where none is named. */
export function usableSizes(sizes: readonly Size[], region: string | undefined): readonly Size[] {
  return sizes
    .filter(
      ({ slug, available, regions, memory }) =>
        available &&
        memory >= leastMemory &&
        !hasGpu(slug) &&
        (region === undefined ? regions.length > 0 : regions.includes(region)),
    )
    .toSorted((a, b) => a.price_hourly - b.price_hourly || a.slug.localeCompare(b.slug))
}

/** The size of that name, if nodes can have it in the region. */
export function requireSize(sizes: readonly Size[], slug: string, region: string): Size {
  const usable = usableSizes(sizes, region)
  const found = usable.find((candidate) => candidate.slug === slug)
  if (found !== undefined) return found
  const known = sizes.find((candidate) => candidate.slug === slug)
  const hint = hintNearest(
    'size',
    slug,
    usable.map((candidate) => candidate.slug),
  )
  if (known === undefined) {
    throw new ProvisionError('NOT_FOUND', `size ${slug} does not exist`, { hint })
  }
  if (hasGpu(slug)) {
    throw new ProvisionError('NOT_SUPPORTED', `size ${slug} has a GPU`, { hint })
  }
  if (known.memory < leastMemory) {
    const wanted = `${known.memory} MiB of memory, nodes need ${leastMemory}`
    throw new ProvisionError('BAD_OPTIONS', `size ${slug} has ${wanted}`, { hint })
  }
  throw new ProvisionError('NO_CAPACITY', `size ${slug} is not available in ${region}`, {
    hint: `${hint}; or use another --region${offeredIn(known)}`,
  })
}

/** As in `1 vCPU, 2 GiB, 50 GB disk`. */
export function describeSize({ vcpus, memory, disk }: Size): string {
  return `${vcpus} vCPU, ${memory / 1024} GiB, ${disk} GB disk`
}

/** As in `$0.018 an hour, $12 a month`. */
export function describePrice(
  { price_hourly: hourly, price_monthly: monthly }: Size,
  count = 1,
): string {
  return `${dollars(hourly * count, 5)} an hour, ${dollars(monthly * count, 2)} a month`
}

function dollars(amount: number, digits: number): string {
  return `$${Number(amount.toFixed(digits))}`
}

/**
 * DigitalOcean leaves machines with a GPU out of its list of droplets, by which we find ours
 * ("List All Droplets" in the API reference).
 */
function hasGpu(slug: string): boolean {
  return slug.startsWith('gpu-')
}

function offeredIn({ available, regions }: Size): string {
  return available && regions.length > 0 ? `: ${regions.toSorted().join(', ')} have it` : ''
}
