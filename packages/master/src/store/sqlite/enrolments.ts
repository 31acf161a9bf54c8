import type { MachineIdentity } from '@kontena/protocol'
import { z } from 'zod'
import type {
  CreateEnrolmentResult,
  EnrolledMachine,
  EnrolmentStore,
  EnrolResult,
  NewEnrolment,
} from '../enrolment-store.ts'
import { mayLead } from '../node-numbers.ts'
import type { Actor, NodeRecord } from '../records.ts'
import type { Database } from './database.ts'
import { nodeRow } from './node-row.ts'
import { findNode, insertNode, nodeByTokenHash, releaseNode, replacedState } from './node-table.ts'
import { chooseNumbers } from './numbers.ts'
import { isAwaited } from './open-enrolments.ts'
import { type Change, recordChange, recordNodeChange } from './record-change.ts'
import { enrolmentRow } from './rows.ts'

export function enrolmentStore(database: Database): EnrolmentStore {
  return {
    createEnrolment: async (enrolment, actor, now) =>
      database.write(
        () => repeated(database, enrolment) ?? create(database, enrolment, actor, now),
      ),

    endEnrolment: async (grid, order, actor, now) =>
      database.write(() => {
        const ended = database.run(
          'UPDATE enrolments SET ended_at = ? WHERE order_id = ? AND grid = ? AND ended_at IS NULL',
          now.getTime(),
          order,
          grid,
        )
        if (ended === 0) return
        const resource = { type: 'order', name: order }
        const after = { ended: true }
        const change = {
          type: 'order:ended',
          event: 'end enrolment',
          grid,
          resource,
          after,
        } as const
        recordChange(database, change, actor, now)
      }),

    forgetEnrolments: (deadBefore) =>
      database.write(() => {
        database.run(
          'DELETE FROM enrolments WHERE coalesce(ended_at, expires_at) < ?',
          deadBefore.getTime(),
        )
      }),

    enrol: async (machine, actor, now) =>
      database.write(() => enrol(database, machine, actor, now)),
  }
}

function repeated(database: Database, wanted: NewEnrolment): CreateEnrolmentResult | undefined {
  const known = database.get(
    enrolmentRow,
    'SELECT * FROM enrolments WHERE order_id = ? OR secret_hash = ?',
    wanted.order,
    wanted.secretHash,
  )
  if (known === undefined) return undefined
  const same =
    known.order_id === wanted.order &&
    known.secret_hash === wanted.secretHash &&
    known.grid === wanted.grid
  if (!same) return { outcome: 'other-order' }
  const nodes = nodesOfOrder(database, wanted.order)
  return { outcome: 'repeated', expiresAt: known.expires_at, nodes }
}

function nodesOfOrder(database: Database, order: string): NodeRecord[] {
  return database.all(nodeRow, 'SELECT * FROM nodes WHERE order_id = ? ORDER BY number', order)
}

function create(
  database: Database,
  enrolment: NewEnrolment,
  actor: Actor,
  now: Date,
): CreateEnrolmentResult {
  const { grid, order } = enrolment
  const known = database.get(z.unknown(), 'SELECT 1 FROM grids WHERE name = ?', grid)
  if (known === undefined) return { outcome: 'no-grid' }
  const added = enrolment.nodes.filter(({ replace }) => replace === undefined)
  const names = takenNames(database, grid, added)
  if (names.length > 0) return { outcome: 'names-taken', names }
  const standing = nodesToReplace(database, enrolment, now)
  if ('refused' in standing) return standing.refused
  const wishes = added.map(({ labels }) => ({ mayLead: mayLead({ labels, hasMachine: true }) }))
  const chosen = chooseNumbers(database, grid, wishes)
  if ('free' in chosen) return { outcome: 'grid-full', free: chosen.free }

  database.run(
    `INSERT INTO enrolments (order_id, grid, secret_hash, expires_at, created_at)
     VALUES (?, ?, ?, ?, ?)`,
    order,
    grid,
    enrolment.secretHash,
    enrolment.expiresAt.getTime(),
    now.getTime(),
  )
  for (const { node, labels } of standing.replaced) {
    giveToOrder(database, node, { order, labels }, now)
    const before = replacedState(node)
    const change = {
      type: 'node:replaced',
      event: 'replace node',
      before,
      after: { labels },
    } as const
    recordNodeChange(database, node, change, actor, now)
  }
  for (const [index, node] of added.entries()) {
    const number = chosen.numbers[index] ?? 0
    const made = insertNode(database, { ...node, grid, order, number }, now)
    const after = { labels: node.labels, number }
    const change = { type: 'node:created', event: 'create node', after } as const
    recordNodeChange(database, made, change, actor, now)
  }
  const resource = { type: 'order', name: order }
  const after = {
    expires_at: enrolment.expiresAt.toISOString(),
    nodes: enrolment.nodes.map(({ name }) => name),
  }
  const change = { type: 'order:opened', event: 'create enrolment', grid, resource, after } as const
  recordChange(database, change, actor, now)
  const nodes = nodesOfOrder(database, order)
  return { outcome: 'created', expiresAt: enrolment.expiresAt, nodes }
}

interface ReplacedNode {
  readonly node: NodeRecord
  readonly labels: readonly string[]
}

/** The nodes of an order that are there already, or why one of them cannot be replaced. */
function nodesToReplace(
  database: Database,
  { grid, nodes }: NewEnrolment,
  now: Date,
): { replaced: ReplacedNode[] } | { refused: CreateEnrolmentResult } {
  const missing: string[] = []
  const connected: string[] = []
  const awaited: string[] = []
  const found = nodes.flatMap(({ name, labels, replace }) => {
    if (replace === undefined) return []
    const node = findNode(database, grid, name)
    if (node?.name !== name) missing.push(name)
    else if (isAwaited(database, node, now)) awaited.push(name)
    else if (node.connected && replace === 'offline') connected.push(name)
    return node === undefined ? [] : { node, labels }
  })
  if (missing.length > 0) return { refused: { outcome: 'names-missing', names: missing } }
  if (awaited.length > 0) return { refused: { outcome: 'awaited', names: awaited } }
  if (connected.length > 0) return { refused: { outcome: 'connected', names: connected } }
  return { replaced: found }
}

function giveToOrder(
  database: Database,
  node: NodeRecord,
  { order, labels }: { order: string; labels: readonly string[] },
  now: Date,
): void {
  releaseNode(database, node, now)
  database.run(
    `UPDATE nodes SET order_id = ?, enrolment = 'pending', labels = ? WHERE key = ?`,
    order,
    JSON.stringify(labels),
    node.key,
  )
}

/** In the order that was asked for. */
function takenNames(database: Database, grid: string, nodes: NewEnrolment['nodes']): string[] {
  const names = nodes.map((node) => node.name)
  const rows = database.all(
    z.object({ name: z.string() }),
    'SELECT name FROM nodes WHERE grid = ? AND name IN (SELECT value FROM json_each(?))',
    grid,
    JSON.stringify(names),
  )
  const taken = new Set(rows.map((row) => row.name))
  return names.filter((name) => taken.has(name))
}

function enrol(database: Database, wanted: EnrolledMachine, actor: Actor, now: Date): EnrolResult {
  const enrolment = database.get(
    enrolmentRow,
    'SELECT * FROM enrolments WHERE secret_hash = ?',
    wanted.secretHash,
  )
  if (enrolment === undefined || wanted.machine.order !== enrolment.order_id) {
    return { outcome: 'invalid' }
  }
  const { grid, order_id: order } = enrolment
  const node = database.get(
    nodeRow,
    'SELECT * FROM nodes WHERE order_id = ? AND name = ?',
    order,
    wanted.name,
  )
  if (node === undefined) return { outcome: 'invalid' }

  const holder = nodeByTokenHash(database, wanted.tokenHash)
  if (holder?.key === node.key) return { outcome: 'repeated', grid }
  if (enrolment.ended_at !== undefined || enrolment.expires_at <= now) return { outcome: 'invalid' }
  if (holder !== undefined) return { outcome: 'token-taken' }
  const record = (change: Pick<Change, 'type' | 'event' | 'severity'>, of: NodeRecord): void => {
    const before = { machine: of.machine?.id ?? null }
    const after = { machine: wanted.machine.id }
    recordNodeChange(database, of, { ...change, before, after }, actor, now)
  }
  const contest = (contested: NodeRecord): void => {
    // Told once: whoever has the secret could fill the disk with what is known already.
    if (contested.enrolment === 'contested') return
    database.run(`UPDATE nodes SET enrolment = 'contested' WHERE key = ?`, contested.key)
    record({ type: 'node:contested', event: 'contest enrolment', severity: 3 }, contested)
  }
  if (node.hasToken) {
    contest(node)
    return { outcome: 'name-taken', grid }
  }
  const occupant = nodeOnMachine(database, wanted.machine)
  if (occupant !== undefined) {
    if (occupant.order === order) contest(occupant)
    return { outcome: 'machine-taken', grid }
  }

  database.run(
    `UPDATE nodes SET token_hash = ?, enrolment = 'enrolled', machine = ?, host_keys = ?,
       ssh_user = ?, updated_at = ? WHERE key = ?`,
    wanted.tokenHash,
    JSON.stringify(wanted.machine),
    JSON.stringify(wanted.hostKeys),
    wanted.sshUser ?? null,
    now.getTime(),
    node.key,
  )
  record({ type: 'node:enrolled', event: 'enrol node' }, node)
  return { outcome: 'enrolled', grid }
}

/**
 * Machines name themselves, and commands end what a node's record names. So a machine is one node's
 * alone: nobody takes a record of their own that points at the machine of another.
 */
function nodeOnMachine(database: Database, machine: MachineIdentity): NodeRecord | undefined {
  const { provider, account, region, id } = machine
  return database.get(
    nodeRow,
    `SELECT * FROM nodes WHERE machine ->> 'id' = ? AND machine ->> 'region' = ?
       AND machine ->> 'account' = ? AND machine ->> 'provider' = ?`,
    id,
    region,
    account,
    provider,
  )
}
