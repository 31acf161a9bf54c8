import { z } from 'zod'

const traffic = z.object({
  interfaces: z.array(z.string()).default([]),
  rx_bytes: z.number(),
  rx_bytes_per_second: z.number(),
  tx_bytes: z.number(),
  tx_bytes_per_second: z.number(),
})
export type Traffic = z.infer<typeof traffic>

/** What went over the overlay's interface, and over the others. */
export const networkTraffic = z.object({ internal: traffic, external: traffic })
export type NetworkTraffic = z.infer<typeof networkTraffic>

/** What a node, or all nodes of a grid together, used in one minute. Bytes; percent summed over cores. */
export const usage = z.object({
  /** The start of the minute. */
  timestamp: z.string(),
  cpu: z.object({ used: z.number(), cores: z.number() }),
  memory: z.object({
    used: z.number(),
    total: z.number(),
    free: z.number(),
    active: z.number(),
    inactive: z.number(),
    cached: z.number(),
    buffers: z.number(),
  }),
  filesystem: z.object({ used: z.number(), total: z.number() }),
  network: networkTraffic,
})
export type Usage = z.infer<typeof usage>

/** `GET /v1/nodes/:grid/:node/metrics` and `GET /v1/grids/:grid/metrics`; minutes without a report are absent. */
export const metrics = z.object({ from: z.string(), to: z.string(), stats: z.array(usage) })
export type Metrics = z.infer<typeof metrics>
