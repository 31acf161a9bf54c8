import { z } from 'zod'

/** Where containers' logs of a grid go; kept for 1.5 agents, which forward them. */
export const gridLogs = z.object({
  forwarder: z.literal('fluentd'),
  opts: z.record(z.string(), z.string()),
})
export type GridLogs = z.infer<typeof gridLogs>
