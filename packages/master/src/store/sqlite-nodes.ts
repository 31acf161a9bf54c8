import { z } from 'zod'
import type { NodeRecord } from './records.ts'
import { audit } from './sqlite-audit.ts'
import type { Database } from './sqlite-database.ts'
import {
  findNode,
  freeNumbers,
  insertNode,
  nodeByKey,
  nodeByNodeId,
  nodeByTokenHash,
} from './sqlite-node-table.ts'
import { nodeRow } from './sqlite-rows.ts'
import type { CreateNodeResult, NewNode, RemoveNodeResult, Store } from './store.ts'

type NodeStore = Pick<
  Store,
  | 'nodes'
  | 'node'
  | 'nodeByNodeId'
  | 'nodeByToken'
  | 'readableToken'
  | 'setNodeToken'
  | 'createNode'
  | 'updateNode'
  | 'removeNode'
  | 'bindNode'
>

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
      return found?.readable_token ?? undefined
    },

    setNodeToken: async (grid, wanted, token, actor, now) =>
      database.transaction(() => {
        const node = findNode(database, grid, wanted)
        if (node === undefined) return undefined
        const holder = token && nodeByTokenHash(database, token.hash)
        if (holder !== undefined && holder.key !== node.key) return 'token-taken'
        database.run(
          'UPDATE nodes SET token_hash = ?, readable_token = ?, updated_at = ? WHERE key = ?',
          token?.hash ?? null,
          token?.readable ?? null,
          now.getTime(),
          node.key,
        )
        const event = token === undefined ? 'clear node token' : 'reset node token'
        audit(database, { event, grid, type: 'node', name: node.name }, actor, now)
        return nodeByKey(database, node.key)
      }),

    createNode: async (grid, node, actor, now) =>
      database.transaction((): CreateNodeResult => {
        const obstacle = obstacleTo(database, grid, node)
        if (obstacle !== undefined) return { outcome: obstacle }
        const [number] = freeNumbers(database, grid)
        if (number === undefined) return { outcome: 'grid-full' }
        const made = insertNode(database, { ...node, grid, number }, now)
        const event = node.nodeId === undefined ? 'create node' : 'join node'
        audit(database, { event, grid, type: 'node', name: node.name }, actor, now)
        return { outcome: 'created', node: made }
      }),

    updateNode: async (grid, wanted, change, actor, now) =>
      database.transaction(() => {
        const node = findNode(database, grid, wanted)
        if (node === undefined) return undefined
        database.run(
          'UPDATE nodes SET labels = ?, availability = ?, updated_at = ? WHERE key = ?',
          JSON.stringify(change.labels ?? node.labels),
          change.availability ?? node.availability,
          now.getTime(),
          node.key,
        )
        audit(database, { event: 'update node', grid, type: 'node', name: node.name }, actor, now)
        return nodeByKey(database, node.key)
      }),

    removeNode: async (grid, wanted, actor, now) =>
      database.transaction((): RemoveNodeResult => {
        const node = findNode(database, grid, wanted)
        if (node === undefined) return { outcome: 'missing' }
        if (node.connected && !node.hasToken) return { outcome: 'connected' }
        database.run('DELETE FROM nodes WHERE key = ?', node.key)
        audit(database, { event: 'remove node', grid, type: 'node', name: node.name }, actor, now)
        return { outcome: 'removed', node }
      }),

    bindNode: async (key, binding, actor, now) =>
      database.transaction(() => {
        const node = nodeByKey(database, key)
        if (node === undefined || (node.nodeId ?? binding.nodeId) !== binding.nodeId) {
          return 'bound-to-other'
        }
        if (node.nodeId !== undefined) return node
        if (nodeByNodeId(database, binding.nodeId) !== undefined) return 'node-id-taken'
        return bind(database, node, binding, now, (event) =>
          audit(database, { event, grid: node.grid, type: 'node', name: node.name }, actor, now),
        )
      }),
  }
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
