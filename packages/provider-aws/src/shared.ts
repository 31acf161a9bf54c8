import type { Shared } from '@kontena/core'
import { z } from 'zod'

const awsShared = z.object({
  securityGroups: z.array(z.string()).min(1),
  keyPair: z.string().optional(),
})

/** What machines of a grid share on AWS. */
export type AwsShared = z.infer<typeof awsShared>

/** Takes back what `prepare` gave away; the kernel may have kept it in a file meanwhile. */
export function readShared(shared: Shared): AwsShared {
  return awsShared.parse(shared)
}
