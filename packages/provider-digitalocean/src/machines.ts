import type { Machine, MachineState } from '@kontena/core'
import { z } from 'zod'
import { readTags } from './tags.ts'

export const droplet = z.object({
  id: z.number().int(),
  name: z.string(),
  status: z.string(),
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

/** A droplet as the kernel knows machines. One that is deleted is not listed any more. */
export function readMachine({
  id,
  name,
  status,
  region,
  size_slug,
  tags,
  networks,
}: Droplet): Machine {
  const address = (type: string): string | undefined =>
    networks?.v4?.find((candidate) => candidate.type === type)?.ip_address
  const state = states.get(status) ?? 'pending'
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
