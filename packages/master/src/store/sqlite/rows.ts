import {
  enrolmentState,
  eventTypes,
  gridLogs,
  hostInfo,
  hostStatistics,
  machineIdentity,
} from '@kontena/protocol'
import { z } from 'zod'
import type { AuditRecord, Closing, EventRecord, GridRecord, NodeRecord } from '../records.ts'

export const time = z.number().transform((milliseconds) => new Date(milliseconds))
const flag = z.number().transform((value) => value === 1)

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
      nodeCount: row.node_count,
      userCount: row.user_count,
    }),
  )

export const nodeRow = z
  .object({
    key: z.string(),
    grid: z.string(),
    name: z.string(),
    number: z.number(),
    node_id: optional(z.string()),
    token_hash: optional(z.string()),
    labels: strings,
    availability: z.enum(['active', 'drain']),
    connected: flag,
    updated: flag,
    created_at: time,
    updated_at: time,
    connected_at: optional(time),
    last_seen_at: optional(time),
    disconnected_at: optional(time),
    close_code: optional(z.number()),
    close_reason: optional(z.string()),
    rejected_at: optional(time),
    reject_code: optional(z.number()),
    reject_reason: optional(z.string()),
    agent_version: optional(z.string()),
    order_id: optional(z.string()),
    enrolment: optional(enrolmentState),
    machine: optional(json(machineIdentity)),
    host_keys: strings,
    ssh_user: optional(z.string()),
    host: optional(json(hostInfo)),
    statistics: optional(json(hostStatistics)),
  })
  .transform(
    (row): NodeRecord => ({
      key: row.key,
      grid: row.grid,
      name: row.name,
      number: row.number,
      nodeId: row.node_id,
      hasToken: row.token_hash !== undefined,
      labels: row.labels,
      availability: row.availability,
      connected: row.connected,
      updated: row.updated,
      createdAt: row.created_at,
      updatedAt: row.updated_at,
      connectedAt: row.connected_at,
      lastSeenAt: row.last_seen_at,
      disconnectedAt: row.disconnected_at,
      close: closing(row.close_code, row.close_reason),
      rejection: rejection(row),
      agentVersion: row.agent_version,
      order: row.order_id,
      enrolment: row.enrolment,
      machine: row.machine,
      hostKeys: row.host_keys,
      sshUser: row.ssh_user,
      host: row.host,
      statistics: row.statistics,
    }),
  )

function closing(code: number | undefined, reason: string | undefined): Closing | undefined {
  return code === undefined ? undefined : { code, reason: reason ?? '' }
}

function rejection(row: {
  rejected_at: Date | undefined
  reject_code: number | undefined
  reject_reason: string | undefined
}) {
  const closed = closing(row.reject_code, row.reject_reason)
  const at = row.rejected_at
  return closed === undefined || at === undefined ? undefined : { ...closed, at }
}

export const enrolmentRow = z.object({
  order_id: z.string(),
  grid: z.string(),
  secret_hash: z.string(),
  expires_at: time,
  ended_at: optional(time),
})

const actor = z.object({
  user: z.object({ id: z.string(), email: z.string() }).optional(),
  address: z.string(),
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
