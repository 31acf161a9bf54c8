import { randomUUID } from 'node:crypto'
import type { NewNode, StoredSecret } from '../node-store.ts'
import type { NodeRecord } from '../records.ts'
import { tellOfLoss } from './connection-events.ts'
import type { Database } from './database.ts'
import { nodeRow } from './node-row.ts'
import { nodeTokenPurpose } from './sealed-secrets.ts'

export function nodeByKey(database: Database, key: string): NodeRecord | undefined {
  return database.get(nodeRow, 'SELECT * FROM nodes WHERE key = ?', key)
}

export function nodeByTokenHash(database: Database, tokenHash: string): NodeRecord | undefined {
  return database.get(nodeRow, 'SELECT * FROM nodes WHERE token_hash = ?', tokenHash)
}

export function nodeByNodeId(database: Database, nodeId: string): NodeRecord | undefined {
  return database.get(nodeRow, 'SELECT * FROM nodes WHERE node_id = ?', nodeId)
}

/** A name wins over an engine's id: ids of recent engines are UUIDs, which would be valid names. */
export function findNode(database: Database, grid: string, wanted: string): NodeRecord | undefined {
  return database.get(
    nodeRow,
    `SELECT * FROM nodes WHERE grid = ? AND (name = ? OR node_id = ?) ORDER BY name = ? DESC LIMIT 1`,
    grid,
    wanted,
    wanted,
    wanted,
  )
}

export interface NodeInsert extends NewNode {
  readonly grid: string
  readonly number: number
  readonly order?: string
}

export function insertNode(database: Database, node: NodeInsert, now: Date): NodeRecord {
  const key = randomUUID()
  database.run(
    `INSERT INTO nodes (key, grid, name, number, node_id, token_hash, readable_token, labels,
       agent_version, order_id, enrolment, created_at, updated_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    key,
    node.grid,
    node.name,
    node.number,
    node.nodeId ?? null,
    node.token?.hash ?? null,
    sealToken(database, key, node.token),
    JSON.stringify(node.labels),
    node.agentVersion ?? null,
    node.order ?? null,
    node.order === undefined ? null : 'pending',
    now.getTime(),
    now.getTime(),
  )
  const made = nodeByKey(database, key)
  if (made === undefined) throw new Error(`node ${node.name} was not stored`)
  return made
}

/**
 * Forgets the engine and the machine of a node, its token, and who is connected as it. That it was
 * connected once stays known (`disconnected_at`), as does its engine, which must not come back as another node.
 */
export function releaseNode(database: Database, node: NodeRecord, now: Date): void {
  tellOfLoss(database, node, 'it gets another machine', now)
  database.run(
    `UPDATE nodes SET former_node_id = coalesce(node_id, former_node_id), node_id = NULL,
       token_hash = NULL, readable_token = NULL, connection = connection + 1, updated = 0,
       disconnected_at = CASE WHEN connected = 1 THEN ?
         ELSE coalesce(disconnected_at, connected_at) END,
       connected = 0, connected_at = NULL, last_seen_at = NULL, agent_version = NULL,
       close_code = NULL, close_reason = NULL,
       rejected_at = NULL, reject_code = NULL, reject_reason = NULL,
       machine = NULL, enrolment = NULL, order_id = NULL, host_keys = '[]', ssh_user = NULL,
       host = NULL, statistics = NULL, updated_at = ? WHERE key = ?`,
    now.getTime(),
    now.getTime(),
    node.key,
  )
}

/** What an audit entry tells of a node that is replaced. */
export function replacedState({ nodeId, machine, labels }: NodeRecord) {
  return { node_id: nodeId, machine: machine?.id, labels }
}

/** A token that can be shown again, as the database holds it. */
export function sealToken(
  database: Database,
  key: string,
  token: StoredSecret | undefined,
): string | null {
  if (token?.readable === undefined) return null
  return database.vault.seal(token.readable, nodeTokenPurpose(key))
}
