import { z } from 'zod'
import type { BriefNode, PeerRecord } from '../node-store.ts'
import type { Database } from './database.ts'
import { strings } from './rows.ts'

// Schemas without transforms: of a grid of a thousand nodes a thousand rows are read for one.

const peerRow = z.object({
  key: z.string(),
  labels: z.string(),
  private_ip: z.string().nullable(),
  public_ip: z.string().nullable(),
})

/** In the words of the index `nodes_peers`, which holds all of it. */
const selectPeers = `SELECT key, labels, host ->> 'PrivateIp' AS private_ip,
  host ->> 'PublicIp' AS public_ip FROM nodes WHERE grid = ? ORDER BY number`

export function readPeers(database: Database, grid: string): PeerRecord[] {
  const labelsIn = labelsReader()
  return database.all(peerRow, selectPeers, grid).map((row) => ({
    key: row.key,
    labels: labelsIn(row.labels),
    privateAddress: row.private_ip ?? undefined,
    publicAddress: row.public_ip ?? undefined,
  }))
}

const briefRow = z.object({
  key: z.string(),
  node_id: z.string().nullable(),
  name: z.string(),
  number: z.number(),
  labels: z.string(),
  created_at: z.number(),
  updated_at: z.number(),
})

const selectBrief = `SELECT key, node_id, name, number, labels, created_at, updated_at FROM nodes
  WHERE key IN (SELECT value FROM json_each(?))`

export function readBriefNodes(database: Database, keys: readonly string[]): BriefNode[] {
  const labelsIn = labelsReader()
  return database.all(briefRow, selectBrief, JSON.stringify(keys)).map((row) => ({
    key: row.key,
    nodeId: row.node_id ?? undefined,
    name: row.name,
    number: row.number,
    labels: labelsIn(row.labels),
    createdAt: new Date(row.created_at),
    updatedAt: new Date(row.updated_at),
  }))
}

/** Most nodes of a grid have the same labels, and share the list. */
function labelsReader(): (text: string) => readonly string[] {
  const known = new Map<string, readonly string[]>()
  return (text) => {
    const labels = known.get(text) ?? strings.parse(text)
    known.set(text, labels)
    return labels
  }
}
