import { z } from 'zod'
import { agentIdentity } from './identity.ts'

/** Something that the master only reads and answers, a sample that it stores soon, a host that it stores at once. */
const callName = z.enum(['heard', 'statistics', 'host'])

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
  /** Each agent again as soon as it has its answer. Answers how many calls were done. */
  z.object({ do: z.literal('call'), what: callName, seconds: z.number() }),
])
export type AgentCommand = z.infer<typeof agentCommand>

export type CallName = z.infer<typeof callName>

export const moment = z.number()
export const count = z.number()
export const moments = z.array(z.number())

export const agentsReport = z.object({
  online: z.number(),
  attempts: z.number(),
  failures: z.record(z.string(), z.number()),
  messagesSent: z.number(),
  bytesReceived: z.number(),
  /** Milliseconds of processor time that the agents' process has taken. */
  cpu: z.number(),
})
export type AgentsReport = z.infer<typeof agentsReport>
