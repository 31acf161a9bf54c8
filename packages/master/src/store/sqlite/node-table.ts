import { randomUUID } from 'node:crypto'
import { maxNodesPerGrid } from '@kontena/protocol'
import { z } from 'zod'
import type { NewNode } from '../node-store.ts'
import type { NodeRecord } from '../records.ts'
import type { Database } from './database.ts'
import { nodeRow } from './rows.ts'
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

/** Numbers that no node of the grid has, lowest first. */
export function freeNumbers(database: Database, grid: string): number[] {
  const number = z.object({ number: z.number() })
  const rows = database.all(number, 'SELECT number FROM nodes WHERE grid = ?', grid)
  const taken = new Set(rows.map((row) => row.number))
  return Array.from({ length: maxNodesPerGrid }, (_, index) => index + 1).filter(
    (candidate) => !taken.has(candidate),
  )
}

export interface NodeInsert extends NewNode {
  readonly grid: string
  readonly number: number
  readonly order?: string
}

export function insertNode(database: Database, node: NodeInsert, now: Date): NodeRecord {
  const key = randomUUID()
  const readable = node.token?.readable
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
    readable === undefined ? null : database.vault.seal(readable, nodeTokenPurpose(key)),
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

/** Forgets the engine and the machine of a node, and who is connected as it. */
export function releaseNode(database: Database, node: NodeRecord, now: Date): void {
  database.run(
    `UPDATE nodes SET node_id = NULL, connection = connection + 1, connected = 0, updated = 0,
       disconnected_at = CASE connected WHEN 1 THEN ? ELSE disconnected_at END,
       machine = NULL, enrolment = NULL, order_id = NULL, host_keys = '[]', ssh_user = NULL,
       host = NULL, statistics = NULL, updated_at = ? WHERE key = ?`,
    now.getTime(),
    now.getTime(),
    node.key,
  )
}
