import { eventTypes, gridLogs } from '@kontena/protocol'
import { z } from 'zod'
import type { AuditRecord, EventRecord, GridRecord } from '../records.ts'

export const time = z.number().transform((milliseconds) => new Date(milliseconds))

export function optional<T extends z.ZodType>(schema: T) {
  return schema.nullable().transform((value) => value ?? undefined)
}

export function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema)
}

export const strings = json(z.array(z.string()))

export const gridRow = z
  .object({
    name: z.string(),
    token: z.string(),
    initial_size: z.number(),
    subnet: z.string(),
    supernet: z.string(),
    default_affinity: strings,
    trusted_subnets: strings,
    statsd: optional(json(z.object({ server: z.string(), port: z.number() }))),
    logs: optional(json(gridLogs)),
    created_at: time,
    behind_event: z.number(),
    behind_audit: z.number(),
    node_count: z.number(),
    user_count: z.number(),
  })
  .transform(
    (row): GridRecord => ({
      name: row.name,
      token: row.token,
      initialSize: row.initial_size,
      subnet: row.subnet,
      supernet: row.supernet,
      defaultAffinity: row.default_affinity,
      trustedSubnets: row.trusted_subnets,
      statsd: row.statsd,
      logs: row.logs,
      createdAt: row.created_at,
      behind: { event: row.behind_event, auditEntry: row.behind_audit },
      nodeCount: row.node_count,
      userCount: row.user_count,
    }),
  )

export const enrolmentRow = z.object({
  order_id: z.string(),
  grid: z.string(),
  secret_hash: z.string(),
  expires_at: time,
  ended_at: optional(time),
})

const actor = z.object({
  user: z.object({ id: z.string(), email: z.string() }).optional(),
  // One entry that lacks it must not keep all others from being read.
  address: z.string().default('unknown'),
  userAgent: z.string().optional(),
})

const state = optional(json(z.unknown()))

export const auditRow = z
  .object({
    id: z.number(),
    time,
    event: z.string(),
    grid: optional(z.string()),
    resource_type: z.string(),
    resource_name: z.string(),
    actor: json(actor),
    before: state,
    after: state,
  })
  .transform(
    (row): AuditRecord => ({
      id: row.id,
      time: row.time,
      event: row.event,
      grid: row.grid,
      resource: { type: row.resource_type, name: row.resource_name },
      actor: row.actor,
      before: row.before,
      after: row.after,
    }),
  )

export const eventRow = z
  .object({
    id: z.number(),
    time,
    grid: optional(z.string()),
    node: optional(z.string()),
    type: z.enum(eventTypes),
    severity: z.number(),
    message: z.string(),
    meta: json(z.record(z.string(), z.unknown())),
  })
  .transform((row): EventRecord => row)
