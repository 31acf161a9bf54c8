import { z } from 'zod'

/** Who a simulated agent is. */
export const agentIdentity = z.object({
  nodeId: z.string(),
  name: z.string(),
  token: z.object({ kind: z.enum(['grid', 'node']), secret: z.string() }),
  /** A number of its own among all agents. */
  place: z.number(),
})
export type AgentIdentity = z.infer<typeof agentIdentity>
