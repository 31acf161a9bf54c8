import { z } from 'zod'
import type {
  CreateNodeResult,
  NewNode,
  NodeStore,
  RemoveNodeResult,
  StoredSecret,
} from '../node-store.ts'
import type { NodeRecord } from '../records.ts'
import type { Database } from './database.ts'
import {
  findNode,
  freeNumbers,
  insertNode,
  nodeByKey,
  nodeByNodeId,
  nodeByTokenHash,
  releaseNode,
} from './node-table.ts'
import { recordNodeChange } from './record-change.ts'
import { nodeRow, peerRow } from './rows.ts'
import { nodeTokenPurpose } from './sealed-secrets.ts'

export function nodeStore(database: Database): NodeStore {
  return {
    nodes: async (grid) =>
      database.all(nodeRow, 'SELECT * FROM nodes WHERE grid = ? ORDER BY name', grid),
    node: async (grid, wanted) => findNode(database, grid, wanted),
    nodeByNodeId: async (nodeId) => nodeByNodeId(database, nodeId),
    nodeByToken: async (tokenHash) => nodeByTokenHash(database, tokenHash),

    readableToken: async (grid, wanted) => {
      const key = findNode(database, grid, wanted)?.key
      if (key === undefined) return undefined
      const row = z.object({ readable_token: z.string().nullable() })
      const found = database.get(row, 'SELECT readable_token FROM nodes WHERE key = ?', key)
      const sealed = found?.readable_token ?? undefined
      return sealed && database.vault.open(sealed, nodeTokenPurpose(key))
    },

    setNodeToken: async (grid, wanted, token, actor, now) =>
      database.write(() => {
        const node = findNode(database, grid, wanted)
        if (node === undefined) return undefined
        const holder = token && nodeByTokenHash(database, token.hash)
        if (holder !== undefined && holder.key !== node.key) return 'token-taken'
        database.run(
          'UPDATE nodes SET token_hash = ?, readable_token = ?, updated_at = ? WHERE key = ?',
          token?.hash ?? null,
          sealToken(database, node.key, token),
          now.getTime(),
          node.key,
        )
        const event = token === undefined ? 'clear node token' : 'reset node token'
        recordNodeChange(database, node, { type: 'node:token-changed', event }, actor, now)
        return nodeByKey(database, node.key)
      }),

    createNode: async (grid, node, actor, now) =>
      database.write((): CreateNodeResult => {
        const obstacle = obstacleTo(database, grid, node)
        if (obstacle !== undefined) return { outcome: obstacle }
        const [number] = freeNumbers(database, grid)
        if (number === undefined) return { outcome: 'grid-full' }
        const made = insertNode(database, { ...node, grid, number }, now)
        const event = node.nodeId === undefined ? 'create node' : 'join node'
        const after = { labels: node.labels, number }
        recordNodeChange(database, made, { type: 'node:created', event, after }, actor, now)
        return { outcome: 'created', node: made }
      }),

    updateNode: async (grid, wanted, change, actor, now) =>
      database.write(() => {
        const node = findNode(database, grid, wanted)
        if (node === undefined) return undefined
        database.run(
          'UPDATE nodes SET labels = ?, availability = ?, updated_at = ? WHERE key = ?',
          JSON.stringify(change.labels ?? node.labels),
          change.availability ?? node.availability,
          now.getTime(),
          node.key,
        )
        const { labels, availability } = node
        recordNodeChange(
          database,
          node,
          {
            type: 'node:updated',
            event: 'update node',
            before: { labels, availability },
            after: { labels, availability, ...change },
          },
          actor,
          now,
        )
        return nodeByKey(database, node.key)
      }),

    removeNode: async (grid, wanted, actor, now) =>
      database.write((): RemoveNodeResult => {
        const node = findNode(database, grid, wanted)
        if (node === undefined) return { outcome: 'missing' }
        if (node.connected && !node.hasToken) return { outcome: 'connected' }
        database.run('DELETE FROM nodes WHERE key = ?', node.key)
        recordNodeChange(
          database,
          node,
          { type: 'node:removed', event: 'remove node', before: { labels: node.labels } },
          actor,
          now,
        )
        return { outcome: 'removed', node }
      }),

    bindNode: async (key, binding, actor, now) =>
      database.write(() => {
        const node = nodeByKey(database, key)
        if (node === undefined || (node.nodeId ?? binding.nodeId) !== binding.nodeId) {
          return 'bound-to-other'
        }
        if (node.nodeId !== undefined) return node
        if (nodeByNodeId(database, binding.nodeId) !== undefined) return 'node-id-taken'
        return bind(database, node, binding, now, (event) =>
          recordNodeChange(database, node, { type: 'node:bound', event }, actor, now),
        )
      }),

    peers: async (grid) =>
      database.all(
        peerRow,
        `SELECT key, labels, host ->> 'PrivateIp' AS private_ip, host ->> 'PublicIp' AS public_ip
         FROM nodes WHERE grid = ?`,
        grid,
      ),

    replaceNode: (grid, wanted, token, actor, now) =>
      database.write(() => {
        const node = findNode(database, grid, wanted)
        if (node === undefined) return undefined
        const holder = token && nodeByTokenHash(database, token.hash)
        if (holder !== undefined && holder.key !== node.key) return 'token-taken'
        releaseNode(database, node, now)
        database.run(
          'UPDATE nodes SET token_hash = ?, readable_token = ? WHERE key = ?',
          token?.hash ?? null,
          sealToken(database, node.key, token),
          node.key,
        )
        const before = { node_id: node.nodeId, machine: node.machine }
        const change = { type: 'node:replaced', event: 'replace node', before } as const
        recordNodeChange(database, node, change, actor, now)
        return nodeByKey(database, node.key)
      }),

    removeStaleNodes: (seenBefore, actor, now) =>
      database.write(() => {
        const stale = database
          .all(
            nodeRow,
            `SELECT nodes.* FROM nodes JOIN grids ON grids.name = nodes.grid
             WHERE connected = 0 AND last_seen_at < ? AND number > initial_size`,
            seenBefore.getTime(),
          )
          .filter(isEphemeral)
        for (const node of stale) {
          database.run('DELETE FROM nodes WHERE key = ?', node.key)
          const change = { type: 'node:removed', event: 'remove stale node' } as const
          recordNodeChange(database, node, change, actor, now)
        }
        return stale
      }),
  }
}

function sealToken(
  database: Database,
  key: string,
  token: StoredSecret | undefined,
): string | null {
  if (token?.readable === undefined) return null
  return database.vault.seal(token.readable, nodeTokenPurpose(key))
}

/** The label alone counts, whatever its value, as in 1.5. */
function isEphemeral({ labels }: NodeRecord): boolean {
  return labels.some((text) => text.split('=', 1)[0] === 'ephemeral')
}

function obstacleTo(database: Database, grid: string, node: NewNode) {
  const found = database.get(z.unknown(), 'SELECT 1 FROM grids WHERE name = ?', grid)
  if (found === undefined) return 'no-grid'
  const sameName = database.get(
    z.unknown(),
    'SELECT 1 FROM nodes WHERE grid = ? AND name = ?',
    grid,
    node.name,
  )
  if (sameName !== undefined) return 'name-taken'
  if (node.token !== undefined && nodeByTokenHash(database, node.token.hash) !== undefined) {
    return 'token-taken'
  }
  if (node.nodeId !== undefined && nodeByNodeId(database, node.nodeId) !== undefined) {
    return 'node-id-taken'
  }
  return undefined
}

function bind(
  database: Database,
  node: NodeRecord,
  binding: { nodeId: string; agentVersion: string; labels: readonly string[] },
  now: Date,
  record: (event: string) => void,
): NodeRecord {
  database.run(
    'UPDATE nodes SET node_id = ?, agent_version = ?, labels = ?, updated_at = ? WHERE key = ?',
    binding.nodeId,
    binding.agentVersion,
    JSON.stringify([...new Set([...node.labels, ...binding.labels])]),
    now.getTime(),
    node.key,
  )
  record('bind node')
  const bound = nodeByKey(database, node.key)
  if (bound === undefined) throw new Error(`node ${node.name} vanished while it was bound`)
  return bound
}
