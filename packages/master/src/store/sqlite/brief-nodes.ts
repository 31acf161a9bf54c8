import { z } from 'zod'
import type { PeerRecord } from '../node-store.ts'
import type { Database } from './database.ts'
import { strings } from './rows.ts'

/** Without transforms, because of a grid of a thousand nodes a thousand are read for one. */
const peerRow = z.object({
  key: z.string(),
  labels: z.string(),
  private_ip: z.string().nullable(),
  public_ip: z.string().nullable(),
})

/** In the words of the index `nodes_peers`, which holds all of it. */
const select = `SELECT key, labels, host ->> 'PrivateIp' AS private_ip, host ->> 'PublicIp' AS public_ip
  FROM nodes WHERE grid = ?`

/** Nodes with the same labels share the list. */
export function readPeers(database: Database, grid: string): PeerRecord[] {
  const known = new Map<string, readonly string[]>()
  const labelsIn = (text: string): readonly string[] => {
    const labels = known.get(text) ?? strings.parse(text)
    known.set(text, labels)
    return labels
  }
  return database.all(peerRow, select, grid).map((row) => ({
    key: row.key,
    labels: labelsIn(row.labels),
    privateAddress: row.private_ip ?? undefined,
    publicAddress: row.public_ip ?? undefined,
  }))
}
