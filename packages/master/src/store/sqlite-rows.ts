import { enrolmentState, hostInfo, hostStatistics, machineIdentity } from '@kontena/protocol'
import { z } from 'zod'
import { type AuditRecord, type GridRecord, type NodeRecord, roles } from './records.ts'

const time = z.number().transform((milliseconds) => new Date(milliseconds))
const flag = z.number().transform((value) => value === 1)

function optional<T extends z.ZodType>(schema: T) {
  return schema.nullable().transform((value) => value ?? undefined)
}

function json<T extends z.ZodType>(schema: T) {
  return z
    .string()
    .transform((text): unknown => JSON.parse(text))
    .pipe(schema)
}

const strings = json(z.array(z.string()))

export const userRow = z.object({
  id: z.string(),
  email: z.string(),
  name: optional(z.string()),
  roles: json(z.array(z.enum(roles))),
  grids: strings,
})

export const sessionRow = z.object({
  token_id: z.string(),
  user_id: z.string(),
  scopes: z.string(),
  lifetime: optional(z.number()),
  expires_at: optional(time),
})

export type SessionRow = z.infer<typeof sessionRow>

export const gridRow = z
  .object({
    name: z.string(),
    token: z.string(),
    initial_size: z.number(),
    subnet: z.string(),
    supernet: z.string(),
    default_affinity: strings,
    trusted_subnets: strings,
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

export const auditRow = z
  .object({
    time,
    event: z.string(),
    grid: optional(z.string()),
    resource_type: z.string(),
    resource_name: z.string(),
    actor: json(actor),
  })
  .transform(
    (row): AuditRecord => ({
      time: row.time,
      event: row.event,
      grid: row.grid,
      resource: { type: row.resource_type, name: row.resource_name },
      actor: row.actor,
    }),
  )
