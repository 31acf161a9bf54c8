import type { Shared } from '@kontena/core'
import { z } from 'zod'

const digitalOceanShared = z.object({
  /** Id of the VPC. */
  vpc: z.string(),
  /** Fingerprints; never empty, as DigitalOcean mails a root password to machines without a key. */
  sshKeys: z.array(z.string()).min(1),
})

/** What machines of a grid share in a region. */
export type DigitalOceanShared = z.infer<typeof digitalOceanShared>

/** Takes back what `prepare` gave away; the kernel may have kept it in a file meanwhile. */
export function readShared(shared: Shared): DigitalOceanShared {
  return digitalOceanShared.parse(shared)
}
