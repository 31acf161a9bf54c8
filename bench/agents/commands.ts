import { z } from 'zod'
import { agentIdentity } from './identity.ts'

/** What the process of the simulated agents is asked. Times are milliseconds, moments since 1970. */
export const agentCommand = z.discriminatedUnion('do', [
  z.object({
    do: z.literal('add'),
    host: z.string(),
    port: z.number(),
    ca: z.string().optional(),
    agents: z.array(agentIdentity),
  }),
  /** All at once. Answers the moment. */
  z.object({ do: z.literal('connect') }),
  /** Until all agents are online and came so after this moment. Answers when each did. */
  z.object({ do: z.literal('await-online'), after: z.number(), within: z.number() }),
  z.object({ do: z.literal('report') }),
])
export type AgentCommand = z.infer<typeof agentCommand>

export const moment = z.number()
export const moments = z.array(z.number())

export const agentsReport = z.object({
  online: z.number(),
  attempts: z.number(),
  failures: z.record(z.string(), z.number()),
  messagesSent: z.number(),
  bytesReceived: z.number(),
})
export type AgentsReport = z.infer<typeof agentsReport>
