import { z } from 'zod'
import { nodeStatus } from './rest.ts'

/** One thing that an agent looked at on its host. */
export const healthCheck = z.object({
  /** `docker`, `disk`, `clock`, `firewall`, or what agents to come look at. */
  name: z.string().max(64),
  ok: z.boolean(),
  message: z.string().max(1024),
})
export type HealthCheck = z.infer<typeof healthCheck>

/**
 * An agent's answer to `/etcd/health`. One of 1.5 speaks of its etcd, and says `error` where that cannot be
 * asked; ours has none, and says what it found on its host.
 */
export const agentHealth = z.object({
  health: z.boolean().nullish(),
  error: z.string().max(1024).nullish(),
  checks: z.array(healthCheck).max(32).optional(),
})
export type AgentHealth = z.infer<typeof agentHealth>

/** `GET /v1/nodes/:grid/:node/health`. */
export const nodeHealth = z.object({
  id: z.string(),
  name: z.string(),
  node_number: z.number(),
  initial_member: z.boolean(),
  status: nodeStatus,
  connected: z.boolean(),
  connected_at: z.string().nullish(),
  disconnected_at: z.string().nullish(),
  /** Null as `health` where the node could not say. */
  etcd_health: z.object({ health: z.boolean().nullable(), error: z.string().nullable() }),
  /** Absent where the agent makes none, as those of 1.5. */
  checks: z.array(healthCheck).optional(),
})
export type NodeHealth = z.infer<typeof nodeHealth>
