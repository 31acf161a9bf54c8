import { z } from 'zod'
import { isEphemeral } from '../../grid/ephemeral.ts'
import { mayLead } from '../node-numbers.ts'
import type { CreateNodeResult, NewNode, NodeStore, RemoveNodeResult } from '../node-store.ts'
import type { NodeRecord } from '../records.ts'
import { readBriefNodes, readPeers } from './brief-nodes.ts'
import { tellOfLoss } from './connection-events.ts'
import type { Database } from './database.ts'
import { nodeIdentityStore } from './node-identity.ts'
import { nodeRow } from './node-row.ts'
import { findNode, insertNode, nodeByKey, nodeByNodeId, nodeByTokenHash } from './node-table.ts'
import { chooseNumbers } from './numbers.ts'
import { recordEvent, recordNodeChange } from './record-change.ts'

export function nodeStore(database: Database): NodeStore {
  return {
    ...nodeIdentityStore(database),

    nodes: async (grid) =>
      database.all(nodeRow, 'SELECT * FROM nodes WHERE grid = ? ORDER BY name', grid),
    node: async (grid, wanted) => findNode(database, grid, wanted),
    nodeByNodeId: async (nodeId) => nodeByNodeId(database, nodeId),
    nodeByToken: async (tokenHash) => nodeByTokenHash(database, tokenHash),

    briefNodes: async (keys) => readBriefNodes(database, keys),
    peers: async (grid) => readPeers(database, grid),

    createNode: async (grid, node, actor, now) =>
      database.write((): CreateNodeResult => {
        const obstacle = obstacleTo(database, grid, node)
        if (obstacle !== undefined) return { outcome: obstacle }
        const joins = node.nodeId !== undefined
        const wish = { mayLead: mayLead({ labels: node.labels, hasMachine: joins }) }
        const chosen = chooseNumbers(database, grid, [wish])
        if ('free' in chosen) return { outcome: 'grid-full' }
        const [number = 0] = chosen.numbers
        const made = insertNode(database, { ...node, grid, number }, now)
        const event = joins ? 'join node' : 'create node'
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
        const before = { labels, availability }
        const after = { ...before, ...change }
        const update = { type: 'node:updated', event: 'update node', before, after } as const
        recordNodeChange(database, node, update, actor, now)
        if (availability === 'active' && after.availability === 'drain' && runsNothing(node)) {
          const { name } = node
          const message = `node ${name} drained`
          recordEvent(database, { type: 'node:drained', grid, node: name, message }, now)
        }
        return nodeByKey(database, node.key)
      }),

    removeNode: async (grid, wanted, actor, now) =>
      database.write((): RemoveNodeResult => {
        const node = findNode(database, grid, wanted)
        if (node === undefined) return { outcome: 'missing' }
        if (node.connected && !node.hasToken) return { outcome: 'connected' }
        tellOfLoss(database, node, 'the node is removed', now)
        remove(database, node, (before) => {
          const change = { type: 'node:removed', event: 'remove node', before } as const
          recordNodeChange(database, node, change, actor, now)
        })
        return { outcome: 'removed', node }
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
          remove(database, node, (before) => {
            const change = { type: 'node:removed', event: 'remove stale node', before } as const
            recordNodeChange(database, node, change, actor, now)
          })
        }
        return stale
      }),
  }
}

function remove(
  database: Database,
  { key, labels, number }: NodeRecord,
  record: (before: { labels: readonly string[]; number: number }) => void,
): void {
  database.run('DELETE FROM nodes WHERE key = ?', key)
  record({ labels, number })
}

/** As its agent said last, where that is there to say so. */
function runsNothing({ updated, host }: NodeRecord): boolean {
  return updated && host?.ServiceContainers === 0
}

function obstacleTo(database: Database, grid: string, node: NewNode) {
  const exists = (sql: string, ...values: string[]): boolean =>
    database.get(z.unknown(), sql, ...values) !== undefined
  if (!exists('SELECT 1 FROM grids WHERE name = ?', grid)) return 'no-grid'
  if (exists('SELECT 1 FROM nodes WHERE grid = ? AND name = ?', grid, node.name)) {
    return 'name-taken'
  }
  if (node.token !== undefined && nodeByTokenHash(database, node.token.hash) !== undefined) {
    return 'token-taken'
  }
  const { nodeId } = node
  if (nodeId === undefined) return undefined
  if (exists('SELECT 1 FROM nodes WHERE node_id = ?', nodeId)) return 'node-id-taken'
  const isFormer = exists('SELECT 1 FROM nodes WHERE former_node_id = ?', nodeId)
  return isFormer ? 'node-id-replaced' : undefined
}
