import { z } from 'zod'

/** What the process that sends requests is asked. */
export const loadCommand = z.object({
  url: z.string(),
  token: z.string(),
  connections: z.number(),
  seconds: z.number(),
})

export const loadResult = z.object({ requests: z.number(), seconds: z.number() })

/** What the process of the bare server is asked. */
export const bareCommand = z.discriminatedUnion('do', [
  z.object({ do: z.literal('start'), body: z.string() }),
  z.object({ do: z.literal('sample') }),
])

/** Milliseconds of processor time since the start. */
export const cpuSample = z.object({ cpu: z.number() })
