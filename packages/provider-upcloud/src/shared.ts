import type { Shared } from '@kontena/core'
import { z } from 'zod'

const upcloudShared = z.object({ network: z.string() })

/** What machines of a grid share on UpCloud: a private network, by its uuid. */
export type UpcloudShared = z.infer<typeof upcloudShared>

/** Takes back what `prepare` gave away; the kernel may have kept it in a file meanwhile. */
export function readShared(shared: Shared): UpcloudShared {
  return upcloudShared.parse(shared)
}
