import { type Call, isFailure, ProvisionError } from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import * as dots from './dots.ts'
import type { DigitalOceanMachineOptions } from './options.ts'
import type { Size } from './sizes.ts'

export type ImageFamily = DigitalOceanMachineOptions['image']

/** What DigitalOcean calls its own images, of which it keeps one per family up to date. */
export const images: Readonly<Record<ImageFamily, { slug: string; title: string }>> = {
  'ubuntu-24.04': { slug: 'ubuntu-24-04-x64', title: 'Ubuntu 24.04 LTS' },
  'debian-13': { slug: 'debian-13-x64', title: 'Debian 13' },
  'debian-12': { slug: 'debian-12-x64', title: 'Debian 12' },
}

const answer = z.object({
  image: z.object({
    regions: z.array(z.string()),
    status: z.string().nullish(),
    /** GB. */
    min_disk_size: z.number().nullish(),
  }),
})

/** Finds the image, and that it fits region and size. Resolves to its slug. */
export async function requireImage(
  cloud: Cloud,
  { family, region, size }: { family: ImageFamily; region: string; size: Size },
  call: Call,
): Promise<string> {
  const { slug } = images[family]
  const { image } = await findImage(cloud, slug, call)
  if (!image.regions.includes(region) || image.status === 'retired') {
    throw new ProvisionError('NOT_FOUND', `image ${slug} is not in region ${region}`, {
      hint: `use another --image (${Object.keys(images).join(', ')}) or --region`,
    })
  }
  const least = image.min_disk_size ?? 0
  if (size.disk < least) {
    throw new ProvisionError(
      'BAD_OPTIONS',
      `size ${size.slug} has ${size.disk} GB of disk, image ${slug} needs ${least}`,
      { hint: 'use a larger --size' },
    )
  }
  return slug
}

async function findImage(cloud: Cloud, slug: string, call: Call) {
  const question = { scope: 'image:read', about: `image ${slug}`, ...call }
  try {
    return await cloud.ask(question, answer, (context) => dots.getImage(context)({ slug }))
  } catch (error) {
    if (!isFailure(error, 'NOT_FOUND')) throw error
    throw new ProvisionError('NOT_FOUND', `DigitalOcean has no image ${slug} any more`, {
      hint: `use another --image: ${Object.keys(images).join(', ')}`,
      cause: error,
    })
  }
}
