import type { HostInfo } from '@kontena/protocol'
import { z } from 'zod'
import { regionOf } from '../../grid/peer-addresses.ts'
import type { ConnectionKey, ConnectionStore } from '../connection-store.ts'
import type { NodeRecord } from '../records.ts'
import { tellOfNode } from './connection-events.ts'
import type { Database } from './database.ts'
import { nodeByKey } from './node-table.ts'

const ofThisConnection = 'WHERE key = ? AND connection = ? AND connected = 1'
const namedRow = z.object({ grid: z.string(), name: z.string() })
const openedRow = namedRow.extend({ connection: z.number() })
const silentRow = openedRow.extend({ key: z.string() })
const state = z.object({ connection: z.number(), connected: z.number() })

export function connectionStore(database: Database): ConnectionStore {
  return {
    openConnection: (key, agentVersion, now, shown) =>
      database.write(() => {
        const time = now.getTime()
        const token = shown?.tokenHash ?? null
        const opened = database.get(
          openedRow,
          `UPDATE nodes SET connection = connection + 1, connected = 1, updated = 0,
             connected_at = ?, last_seen_at = ?, close_code = NULL, close_reason = NULL,
             rejected_at = NULL, reject_code = NULL, reject_reason = NULL, agent_version = ?
           WHERE key = ? AND (? OR token_hash IS ?) AND node_id IS coalesce(?, node_id)
           RETURNING grid, name, connection`,
          time,
          time,
          agentVersion,
          key,
          shown === undefined ? 1 : 0,
          token,
          shown?.nodeId ?? null,
        )
        if (opened === undefined) return undefined
        tellOfNode(database, opened, { type: 'node:connected', meta: { agent: agentVersion } }, now)
        return opened.connection
      }),

    closeConnection: ({ key, connection }, close, now) =>
      database.write(() => {
        const closed = database.get(
          namedRow,
          `UPDATE nodes SET connected = 0, updated = 0, disconnected_at = ?, close_code = ?,
             close_reason = ? ${ofThisConnection} RETURNING grid, name`,
          now.getTime(),
          close.code,
          close.reason,
          key,
          connection,
        )
        if (closed === undefined) return false
        tellOfNode(
          database,
          closed,
          { type: 'node:disconnected', severity: 2, meta: { ...close } },
          now,
        )
        return true
      }),

    seen: ({ key, connection }, now) =>
      database.writeSoon(() => {
        const sql = `UPDATE nodes SET last_seen_at = ? ${ofThisConnection}`
        if (database.run(sql, now.getTime(), key, connection) > 0) return 'present'
        const found = database.get(
          state,
          'SELECT connection, connected FROM nodes WHERE key = ?',
          key,
        )
        if (found === undefined) return 'removed'
        return found.connection === connection ? 'disconnected' : 'replaced'
      }),

    recordHost: (connection, host, now) =>
      database.write(() => recordHost(database, connection, host, now)),

    recordRejection: (key, rejection, now) =>
      database.write(() => {
        const node = nodeByKey(database, key)
        if (node === undefined) return
        database.run(
          `UPDATE nodes SET rejected_at = ?, reject_code = ?, reject_reason = ?
           WHERE key = ? AND connected = 0`,
          now.getTime(),
          rejection.code,
          rejection.reason,
          key,
        )
        if (node.rejection?.code === rejection.code) return
        tellOfNode(
          database,
          node,
          { type: 'node:rejected', severity: 2, meta: { ...rejection } },
          now,
        )
      }),

    disconnectSilent: (seenBefore, now) =>
      database.write(() => {
        const silent = database.all(
          silentRow,
          `UPDATE nodes SET connected = 0, updated = 0, disconnected_at = ?, close_code = ?,
             close_reason = ? WHERE connected = 1 AND last_seen_at < ?
           RETURNING key, grid, name, connection`,
          now.getTime(),
          silence.code,
          silence.reason,
          seenBefore.getTime(),
        )
        for (const node of silent) {
          tellOfNode(database, node, { type: 'node:disconnected', severity: 2, meta: silence }, now)
        }
        return silent.map(({ key, connection }) => ({ key, connection }))
      }),

    disconnectAll: (now) =>
      database.write(() => {
        const left = database.all(
          namedRow,
          `UPDATE nodes SET connected = 0, updated = 0, disconnected_at = ?, close_code = ?,
             close_reason = ? WHERE connected = 1 RETURNING grid, name`,
          now.getTime(),
          interruption.code,
          interruption.reason,
        )
        for (const node of left) {
          tellOfNode(
            database,
            node,
            { type: 'node:disconnected', severity: 2, meta: interruption },
            now,
          )
        }
      }),
  }
}

const silence = { code: 4030, reason: 'nothing heard for too long' }
/** RFC 6455, section 7.4.1: closed without a word. */
const interruption = { code: 1006, reason: 'the master was interrupted' }

function recordHost(
  database: Database,
  { key, connection }: ConnectionKey,
  host: HostInfo,
  now: Date,
): { addressesChanged: boolean } | undefined {
  const before = nodeByKey(database, key)
  if (before === undefined) return undefined
  const labels = labelsAfter(before, host)
  const changed = database.run(
    `UPDATE nodes SET host = ?, labels = ?, agent_version = ?, updated = 1, updated_at = ?,
       last_seen_at = ? ${ofThisConnection}`,
    JSON.stringify(host),
    JSON.stringify(labels),
    host.AgentVersion,
    now.getTime(),
    now.getTime(),
    key,
    connection,
  )
  if (changed === 0) return undefined
  if (!before.updated) tellOfNode(database, before, { type: 'node:online' }, now)
  // Told again after each connection: while the agent was away, nobody could say it.
  const wasDrained = before.updated && isDrained(before.host)
  if (isDrained(host) && before.availability === 'drain' && !wasDrained) {
    tellOfNode(database, before, { type: 'node:drained' }, now)
  }
  const addressesChanged =
    (before.host?.PrivateIp ?? null) !== (host.PrivateIp ?? null) ||
    (before.host?.PublicIp ?? null) !== (host.PublicIp ?? null) ||
    regionOf({ labels }) !== regionOf(before)
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

function isDrained(host: HostInfo | undefined): boolean {
  return host?.ServiceContainers === 0
}
