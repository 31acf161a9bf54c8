import { type Call, hintNearest, ProvisionError } from '@kontena/core'
import { z } from 'zod'
import type { Cloud } from './clients.ts'
import * as dots from './dots.ts'
import { listAll } from './pages.ts'

const region = z.object({
  slug: z.string(),
  name: z.string(),
  available: z.boolean(),
  features: z.array(z.string()).nullish(),
})
export type Region = z.infer<typeof region>

export async function listRegions(cloud: Cloud, call: Call): Promise<readonly Region[]> {
  const question = { scope: 'regions:read', about: 'the regions', key: 'regions', item: region }
  return await listAll(cloud, { ...question, ...call }, (context, page) =>
    dots.listRegions(context)(page),
  )
}

/** The region of that name, in which machines can be made now. */
export function requireRegion(regions: readonly Region[], slug: string): Region {
  const found = regions.find((candidate) => candidate.slug === slug)
  const open = regions.filter(({ available }) => available).map((candidate) => candidate.slug)
  if (found === undefined) {
    throw new ProvisionError('NOT_FOUND', `region ${slug} does not exist`, {
      hint: hintNearest('region', slug, open),
    })
  }
  if (found.available) return found
  throw new ProvisionError('NO_CAPACITY', `region ${slug} takes no new machines`, {
    hint: hintNearest('region', slug, open),
  })
}
