import { z } from 'zod'
import { mayLead } from '../node-numbers.ts'
import type { NodeStore, ReplaceNodeResult, StoredSecret } from '../node-store.ts'
import type { NodeRecord } from '../records.ts'
import type { Database } from './database.ts'
import {
  findNode,
  nodeByKey,
  nodeByNodeId,
  nodeByTokenHash,
  releaseNode,
  replacedState,
  sealToken,
} from './node-table.ts'
import { freeInitialNumber } from './numbers.ts'
import { isAwaited } from './open-enrolments.ts'
import { recordNodeChange } from './record-change.ts'
import { nodeTokenPurpose } from './sealed-secrets.ts'

type IdentityStore = Pick<NodeStore, 'readableToken' | 'setNodeToken' | 'bindNode' | 'replaceNode'>

/** Which engine a node is, and with which token it says so. */
export function nodeIdentityStore(database: Database): IdentityStore {
  const isTaken = (token: StoredSecret | undefined, { key }: NodeRecord): boolean => {
    const holder = token && nodeByTokenHash(database, token.hash)
    return (holder?.key ?? key) !== key
  }

  return {
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
        if (isTaken(token, node)) return 'token-taken'
        storeToken(database, node, token, now)
        const event = token === undefined ? 'clear node token' : 'reset node token'
        const before = { has_token: node.hasToken }
        const after = { has_token: token !== undefined }
        const change = { type: 'node:token-changed', event, before, after } as const
        recordNodeChange(database, node, change, actor, now)
        return nodeByKey(database, node.key)
      }),

    bindNode: async (key, binding, actor, now) =>
      database.write(() => {
        const node = nodeByKey(database, key)
        if (node === undefined || (node.nodeId ?? binding.nodeId) !== binding.nodeId) {
          return 'bound-to-other'
        }
        if (node.nodeId !== undefined) return node
        if (nodeByNodeId(database, binding.nodeId) !== undefined) return 'node-id-taken'
        const bound = bind(database, node, binding, now)
        const before = { number: node.number }
        const after = { node_id: bound.nodeId, number: bound.number, labels: bound.labels }
        const change = { type: 'node:bound', event: 'bind node', before, after } as const
        recordNodeChange(database, node, change, actor, now)
        return bound
      }),

    replaceNode: (grid, wanted, { token, evenConnected }, actor, now) =>
      database.write((): ReplaceNodeResult => {
        const node = findNode(database, grid, wanted)
        if (node === undefined) return { outcome: 'missing' }
        if (isTaken(token, node)) return { outcome: 'token-taken' }
        const obstacle = obstacleToReplacing(database, node, { evenConnected, now })
        if (obstacle !== undefined) return obstacle
        releaseNode(database, node, now)
        storeToken(database, node, token, now)
        const before = replacedState(node)
        const change = { type: 'node:replaced', event: 'replace node', before } as const
        recordNodeChange(database, node, change, actor, now)
        return { outcome: 'replaced', node: existing(database, node) }
      }),
  }
}

function obstacleToReplacing(
  database: Database,
  node: NodeRecord,
  { evenConnected, now }: { evenConnected: boolean; now: Date },
): ReplaceNodeResult | undefined {
  const { machine, connected } = node
  if (machine !== undefined) return { outcome: 'has-machine', machine }
  if (connected && !evenConnected) return { outcome: 'connected' }
  return isAwaited(database, node, now) ? { outcome: 'awaited' } : undefined
}

function storeToken(
  database: Database,
  { key }: NodeRecord,
  token: StoredSecret | undefined,
  now: Date,
): void {
  database.run(
    'UPDATE nodes SET token_hash = ?, readable_token = ?, updated_at = ? WHERE key = ?',
    token?.hash ?? null,
    sealToken(database, key, token),
    now.getTime(),
    key,
  )
}

function bind(
  database: Database,
  node: NodeRecord,
  binding: { nodeId: string; agentVersion: string; labels: readonly string[] },
  now: Date,
): NodeRecord {
  const labels = [...new Set([...node.labels, ...binding.labels])]
  database.run(
    `UPDATE nodes SET node_id = ?, former_node_id = nullif(former_node_id, ?), agent_version = ?,
       labels = ?, number = ?, updated_at = ? WHERE key = ?`,
    binding.nodeId,
    binding.nodeId,
    binding.agentVersion,
    JSON.stringify(labels),
    settledNumber(database, { ...node, labels }),
    now.getTime(),
    node.key,
  )
  return existing(database, node)
}

/** The number that a node has from its first connection on; one that was connected before keeps its own. */
function settledNumber(database: Database, node: NodeRecord): number {
  const { grid, number, labels, disconnectedAt } = node
  if (disconnectedAt !== undefined || !mayLead({ labels, hasMachine: true })) return number
  return Math.min(number, freeInitialNumber(database, grid) ?? number)
}

function existing(database: Database, { key, name }: NodeRecord): NodeRecord {
  const node = nodeByKey(database, key)
  if (node === undefined) throw new Error(`node ${name} vanished while it was changed`)
  return node
}
