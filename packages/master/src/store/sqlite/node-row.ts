import { enrolmentState, hostInfo, hostStatistics, machineIdentity } from '@kontena/protocol'
import { z } from 'zod'
import type { Closing, NodeRecord } from '../records.ts'

/**
 * The table's columns as they are. A schema without transforms is compiled by zod and costs a
 * microsecond; with one in each column, a row of ten thousand that are read costs twenty.
 */
const columns = z.object({
  key: z.string(),
  grid: z.string(),
  name: z.string(),
  number: z.number(),
  node_id: z.string().nullable(),
  token_hash: z.string().nullable(),
  labels: z.string(),
  availability: z.enum(['active', 'drain']),
  connected: z.number(),
  updated: z.number(),
  created_at: z.number(),
  updated_at: z.number(),
  connected_at: z.number().nullable(),
  last_seen_at: z.number().nullable(),
  disconnected_at: z.number().nullable(),
  close_code: z.number().nullable(),
  close_reason: z.string().nullable(),
  rejected_at: z.number().nullable(),
  reject_code: z.number().nullable(),
  reject_reason: z.string().nullable(),
  agent_version: z.string().nullable(),
  order_id: z.string().nullable(),
  enrolment: enrolmentState.nullable(),
  machine: z.string().nullable(),
  host_keys: z.string(),
  ssh_user: z.string().nullable(),
  host: z.string().nullable(),
  statistics: z.string().nullable(),
})

export const nodeRow = columns.transform(
  (row): NodeRecord => ({
    key: row.key,
    grid: row.grid,
    name: row.name,
    number: row.number,
    nodeId: row.node_id ?? undefined,
    hasToken: row.token_hash !== null,
    labels: strings.parse(JSON.parse(row.labels)),
    availability: row.availability,
    connected: row.connected === 1,
    updated: row.updated === 1,
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
    connectedAt: date(row.connected_at),
    lastSeenAt: date(row.last_seen_at),
    disconnectedAt: date(row.disconnected_at),
    close: closing(row.close_code, row.close_reason),
    rejection: rejection(row),
    agentVersion: row.agent_version ?? undefined,
    order: row.order_id ?? undefined,
    enrolment: row.enrolment ?? undefined,
    machine: json(machineIdentity, row.machine),
    hostKeys: strings.parse(JSON.parse(row.host_keys)),
    sshUser: row.ssh_user ?? undefined,
    host: json(hostInfo, row.host),
    statistics: json(hostStatistics, row.statistics),
  }),
)

const strings = z.array(z.string())

function json<T>(schema: z.ZodType<T>, text: string | null): T | undefined {
  return text === null ? undefined : schema.parse(JSON.parse(text))
}

function date(milliseconds: number | null): Date | undefined {
  return milliseconds === null ? undefined : new Date(milliseconds)
}

function closing(code: number | null, reason: string | null): Closing | undefined {
  return code === null ? undefined : { code, reason: reason ?? '' }
}

function rejection(row: z.infer<typeof columns>): NodeRecord['rejection'] {
  const closed = closing(row.reject_code, row.reject_reason)
  const at = date(row.rejected_at)
  return closed === undefined || at === undefined ? undefined : { ...closed, at }
}
