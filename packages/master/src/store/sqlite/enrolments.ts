import type { MachineIdentity } from '@kontena/protocol'
import { z } from 'zod'
import type {
  CreateEnrolmentResult,
  EnrolledMachine,
  EnrolmentStore,
  EnrolResult,
  NewEnrolment,
} from '../enrolment-store.ts'
import type { Actor, NodeRecord } from '../records.ts'
import type { Database } from './database.ts'
import { freeNumbers, insertNode, nodeByTokenHash } from './node-table.ts'
import { type Change, recordChange, recordNodeChange } from './record-change.ts'
import { enrolmentRow, nodeRow } from './rows.ts'

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
        const change = { type: 'order:ended', event: 'end enrolment', grid, resource } as const
        recordChange(database, change, actor, now)
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
  const names = takenNames(database, enrolment)
  if (names.length > 0) return { outcome: 'names-taken', names }
  const numbers = freeNumbers(database, grid)
  if (numbers.length < enrolment.nodes.length) {
    return { outcome: 'grid-full', free: numbers.length }
  }

  database.run(
    `INSERT INTO enrolments (order_id, grid, secret_hash, expires_at, created_at)
     VALUES (?, ?, ?, ?, ?)`,
    order,
    grid,
    enrolment.secretHash,
    enrolment.expiresAt.getTime(),
    now.getTime(),
  )
  for (const [index, node] of enrolment.nodes.entries()) {
    const number = numbers[index] ?? 0
    const made = insertNode(database, { ...node, grid, order, number }, now)
    const after = { labels: node.labels, number }
    const change = { type: 'node:created', event: 'create node', after } as const
    recordNodeChange(database, made, change, actor, now)
  }
  const resource = { type: 'order', name: order }
  const change = { type: 'order:opened', event: 'create enrolment', grid, resource } as const
  recordChange(database, change, actor, now)
  const nodes = nodesOfOrder(database, order)
  return { outcome: 'created', expiresAt: enrolment.expiresAt, nodes }
}

/** In the order that was asked for. */
function takenNames(database: Database, { grid, nodes }: NewEnrolment): string[] {
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
  const record = (change: Pick<Change, 'type' | 'event' | 'severity'>, of: NodeRecord): void =>
    recordNodeChange(database, of, change, actor, now)
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
