import { z } from 'zod'

/** An entry of the audit log: who changed what, from where. A 1.5 master gives no id, before or after. */
export const auditEntry = z.object({
  id: z.number().int().optional(),
  time: z.string(),
  grid: z.string().nullish(),
  grid_id: z.string().nullish(),
  service: z.string().nullish(),
  resource_type: z.string(),
  resource_name: z.string().nullish(),
  resource_id: z.string().nullish(),
  /** What was done, as `create node`. */
  event_name: z.string(),
  event_status: z.string().nullish(),
  source_ip: z.string().nullish(),
  user_agent: z.string().nullish(),
  user_identity: z.object({ id: z.string().nullish(), email: z.string().nullish() }).nullish(),
  /** What the change was about, as it was and as it became. Never a secret. */
  before: z.unknown(),
  after: z.unknown(),
})
export type AuditEntry = z.infer<typeof auditEntry>
