import type { Machine, MachineState } from '@kontena/core'
import { z } from 'zod'
import { readTags } from './tags.ts'

export const droplet = z.object({
  id: z.number().int(),
  name: z.string(),
  status: z.string(),
  /** Something is going on with it: it is being made, restarted or deleted. */
  locked: z.boolean().nullish(),
  region: z.object({ slug: z.string() }),
  size_slug: z.string(),
  tags: z
    .array(z.string())
    .nullish()
    .transform((tags) => tags ?? []),
  networks: z
    .object({ v4: z.array(z.object({ ip_address: z.string(), type: z.string() })).nullish() })
    .nullish(),
})
export type Droplet = z.infer<typeof droplet>

const states: ReadonlyMap<string, MachineState> = new Map([
  ['new', 'pending'],
  ['active', 'running'],
  ['off', 'stopped'],
  ['archive', 'stopped'],
])

/**
 * A droplet as the kernel knows machines. One that is deleted is listed no more, and until then looks like
 * any other that is busy: `isDismissed` says that we have deleted it.
 */
export function readMachine(
  { id, name, status, locked, region, size_slug, tags, networks }: Droplet,
  { isDismissed }: { isDismissed: boolean },
): Machine {
  const address = (type: string): string | undefined =>
    networks?.v4?.find((candidate) => candidate.type === type)?.ip_address
  // A deletion can get lost (digitalocean/api-v2#104); then nothing locks it.
  const state = isDismissed && locked ? 'going' : (states.get(status) ?? 'pending')
  return {
    id: String(id),
    name,
    state,
    zone: region.slug,
    launchIndex: undefined,
    publicAddress: address('public'),
    privateAddress: address('private'),
    ...readTags(tags),
    type: size_slug,
    reason: state === 'stopped' ? `its status is ${status}` : undefined,
  }
}
