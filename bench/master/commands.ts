import { z } from 'zod'

/** What the process of the master is asked. */
export const masterCommand = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('start'),
    dataDir: z.string(),
    port: z.number(),
    tls: z.boolean(),
  }),
  z.object({ do: z.literal('sample') }),
  /** As Ctrl-C does. */
  z.object({ do: z.literal('stop') }),
])

export const startedMaster = z.object({
  url: z.string(),
  adminCode: z.string().optional(),
  caPem: z.string().optional(),
  /** The moment since which it answers, in milliseconds since 1970. */
  listening: z.number(),
  /** What the start took: bytes, and milliseconds of processor time. */
  rss: z.number(),
  cpu: z.number(),
})
export type StartedMaster = z.infer<typeof startedMaster>

/** Times in milliseconds, sizes in bytes. */
export const masterSample = z.object({
  at: z.number(),
  rss: z.number(),
  /** Of all the process's threads, in user and kernel. */
  cpu: z.number(),
  commits: z.number(),
  /** How late the event loop came to its timers. */
  loop: z.object({ p50: z.number(), p99: z.number(), most: z.number() }),
})
export type MasterSample = z.infer<typeof masterSample>
