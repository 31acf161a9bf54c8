import type { HostInfo } from '@kontena/protocol'
import { z } from 'zod'
import type { NodeRecord } from './records.ts'
import type { Database } from './sqlite-database.ts'
import { nodeByKey } from './sqlite-node-table.ts'
import type { ConnectionKey, Store } from './store.ts'

type ConnectionStore = Pick<
  Store,
  | 'openConnection'
  | 'closeConnection'
  | 'seen'
  | 'recordHost'
  | 'recordStatistics'
  | 'disconnectAll'
>

const ofThisConnection = 'WHERE key = ? AND connection = ? AND connected = 1'
const state = z.object({ connection: z.number(), connected: z.number() })

/** Connection state of nodes. It is not audited: agents come and go by themselves. */
export function connectionStore(database: Database): ConnectionStore {
  return {
    openConnection: async (key, agentVersion, now) => {
      const time = now.getTime()
      return database.get(
        z.object({ connection: z.number() }),
        `UPDATE nodes SET connection = connection + 1, connected = 1, updated = 0,
           connected_at = ?, last_seen_at = ?, close_code = NULL, close_reason = NULL,
           agent_version = ?
         WHERE key = ? RETURNING connection`,
        time,
        time,
        agentVersion,
        key,
      )?.connection
    },

    closeConnection: async ({ key, connection }, close, now) =>
      database.run(
        `UPDATE nodes SET connected = 0, updated = 0, disconnected_at = ?, close_code = ?,
           close_reason = ? ${ofThisConnection}`,
        now.getTime(),
        close.code,
        close.reason,
        key,
        connection,
      ) > 0,

    seen: async ({ key, connection }, now) => {
      const sql = `UPDATE nodes SET last_seen_at = ? ${ofThisConnection}`
      if (database.run(sql, now.getTime(), key, connection) > 0) return 'present'
      const found = database.get(
        state,
        'SELECT connection, connected FROM nodes WHERE key = ?',
        key,
      )
      if (found === undefined) return 'removed'
      return found.connection === connection ? 'disconnected' : 'replaced'
    },

    recordHost: async (connection, host, now) =>
      database.transaction(() => recordHost(database, connection, host, now)),

    recordStatistics: async ({ key, connection }, sample, now) => {
      database.run(
        `UPDATE nodes SET statistics = ?, last_seen_at = ? ${ofThisConnection}`,
        JSON.stringify(sample),
        now.getTime(),
        key,
        connection,
      )
    },

    disconnectAll: async (now) => {
      database.run(
        'UPDATE nodes SET connected = 0, updated = 0, disconnected_at = ? WHERE connected = 1',
        now.getTime(),
      )
    },
  }
}

function recordHost(
  database: Database,
  { key, connection }: ConnectionKey,
  host: HostInfo,
  now: Date,
): { addressesChanged: boolean } | undefined {
  const before = nodeByKey(database, key)
  if (before === undefined) return undefined
  const changed = database.run(
    `UPDATE nodes SET host = ?, labels = ?, agent_version = ?, updated = 1, updated_at = ?,
       last_seen_at = ? ${ofThisConnection}`,
    JSON.stringify(host),
    JSON.stringify(labelsAfter(before, host)),
    host.AgentVersion,
    now.getTime(),
    now.getTime(),
    key,
    connection,
  )
  if (changed === 0) return undefined
  const addressesChanged =
    (before.host?.PrivateIp ?? null) !== (host.PrivateIp ?? null) ||
    (before.host?.PublicIp ?? null) !== (host.PublicIp ?? null)
  return { addressesChanged }
}

/**
 * The engine's own labels stand in for missing ones, but only at the first report: a list that was
 * cleared later must stay empty.
 */
function labelsAfter(node: NodeRecord, host: HostInfo): readonly string[] {
  if (node.labels.length > 0 || node.host !== undefined) return node.labels
  return host.Labels ?? []
}
