import { z } from 'zod'
import type { GridStore, NewGrid } from '../grid-store.ts'
import type { Actor, GridRecord } from '../records.ts'
import { userColumns, userRow } from './access-rows.ts'
import type { Database, Value } from './database.ts'
import { recordChange } from './record-change.ts'
import { gridRow } from './rows.ts'
import { gridTokenPurpose } from './sealed-secrets.ts'
import { untilCommit } from './until-commit.ts'

const memberRow = z.object({ user_id: z.string() })
const userName = z.object({ email: z.string() })

const columns = `grids.*,
  (SELECT count(*) FROM nodes WHERE nodes.grid = grids.name) AS node_count,
  (SELECT count(*) FROM grid_members WHERE grid_members.grid = grids.name) AS user_count`

export function gridStore(database: Database): GridStore {
  const select = (condition: string, ...values: Value[]): GridRecord[] =>
    database
      .all(gridRow, `SELECT ${columns} FROM grids ${condition} ORDER BY name`, ...values)
      .map((grid) => ({
        ...grid,
        token: database.vault.open(grid.token, gridTokenPurpose(grid.name)),
      }))

  const byName = untilCommit(database, (name) => select('WHERE name = ?', name)[0])
  const byToken = untilCommit(database, (hash) => select('WHERE token_hash = ?', hash)[0])

  return {
    grids: async (memberId) =>
      memberId === undefined
        ? select('')
        : select('WHERE name IN (SELECT grid FROM grid_members WHERE user_id = ?)', memberId),

    grid: async (name) => byName(name),

    gridByToken: async (tokenHash) => byToken(tokenHash),

    createGrid: async (grid, actor, now) =>
      database.write(() => {
        if (select('WHERE name = ?', grid.name).length > 0) return 'name-taken'
        if (select('WHERE token_hash = ?', grid.tokenHash).length > 0) return 'token-taken'
        insertGrid(database, grid, now)
        if (actor.user !== undefined) insertMember(database, grid.name, actor.user.id)
        const { name, token: _, tokenHash: __, ...after } = grid
        const resource = { type: 'grid', name }
        recordChange(
          database,
          { type: 'grid:created', event: 'create grid', grid: name, resource, after },
          actor,
          now,
        )
        const [made] = select('WHERE name = ?', grid.name)
        if (made === undefined) throw new Error(`grid ${grid.name} was not stored`)
        return made
      }),

    removeGrid: async (name, actor, now) =>
      database.write(() => {
        const [grid] = select('WHERE name = ?', name)
        if (grid === undefined) return 'missing'
        if (grid.nodeCount > 0) return 'has-nodes'
        database.run('DELETE FROM grids WHERE name = ?', name)
        const resource = { type: 'grid', name }
        recordChange(
          database,
          {
            type: 'grid:removed',
            event: 'remove grid',
            grid: name,
            resource,
            before: settingsOf(grid),
          },
          actor,
          now,
        )
        return 'removed'
      }),

    members: async (grid) =>
      database.all(
        userRow,
        `SELECT ${userColumns} FROM users JOIN grid_members ON user_id = users.id
         WHERE grid_members.grid = ? ORDER BY users.email`,
        grid,
      ),

    addMember: async (grid, userId, actor, now) =>
      database.write(() => {
        if (insertMember(database, grid, userId) === 0) return
        recordMember(database, { grid, userId, isAdded: true }, actor, now)
      }),

    updateGrid: async (name, change, actor, now) =>
      database.write(() => {
        const [before] = select('WHERE name = ?', name)
        if (before === undefined) return undefined
        const after = { ...settingsOf(before), ...change }
        database.run(
          `UPDATE grids SET default_affinity = ?, trusted_subnets = ?, statsd = ?, logs = ?
           WHERE name = ?`,
          JSON.stringify(after.defaultAffinity),
          JSON.stringify(after.trustedSubnets),
          after.statsd === undefined ? null : JSON.stringify(after.statsd),
          after.logs === undefined ? null : JSON.stringify(after.logs),
          name,
        )
        const resource = { type: 'grid', name }
        recordChange(
          database,
          {
            type: 'grid:updated',
            event: 'update grid',
            grid: name,
            resource,
            before: settingsOf(before),
            after,
          },
          actor,
          now,
        )
        return select('WHERE name = ?', name)[0]
      }),

    removeMember: async (grid, userId, actor, now) =>
      database.write(() => {
        const members = database.all(memberRow, 'SELECT * FROM grid_members WHERE grid = ?', grid)
        if (!members.some((member) => member.user_id === userId)) return 'missing'
        if (members.length === 1) return 'last'
        database.run('DELETE FROM grid_members WHERE grid = ? AND user_id = ?', grid, userId)
        recordMember(database, { grid, userId, isAdded: false }, actor, now)
        return 'removed'
      }),
  }
}

function settingsOf({ defaultAffinity, trustedSubnets, statsd, logs }: GridRecord) {
  return { defaultAffinity, trustedSubnets, statsd, logs }
}

function recordMember(
  database: Database,
  member: { grid: string; userId: string; isAdded: boolean },
  actor: Actor,
  now: Date,
): void {
  const { grid, userId, isAdded } = member
  const user = database.get(userName, 'SELECT email FROM users WHERE id = ?', userId)
  recordChange(
    database,
    {
      type: isAdded ? 'grid:member-added' : 'grid:member-removed',
      event: isAdded ? 'add member' : 'remove member',
      grid,
      resource: { type: 'user', name: user?.email ?? userId },
      ...(isAdded ? { after: { grid } } : { before: { grid } }),
    },
    actor,
    now,
  )
}

function insertGrid(database: Database, grid: NewGrid, now: Date): void {
  database.run(
    `INSERT INTO grids (name, token, token_hash, initial_size, subnet, supernet,
       default_affinity, trusted_subnets, statsd, logs, created_at, behind_event, behind_audit)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?,
       (SELECT coalesce(max(id), 0) FROM events), (SELECT coalesce(max(id), 0) FROM audit_log))`,
    grid.name,
    database.vault.seal(grid.token, gridTokenPurpose(grid.name)),
    grid.tokenHash,
    grid.initialSize,
    grid.subnet,
    grid.supernet,
    JSON.stringify(grid.defaultAffinity),
    JSON.stringify(grid.trustedSubnets),
    grid.statsd === undefined ? null : JSON.stringify(grid.statsd),
    grid.logs === undefined ? null : JSON.stringify(grid.logs),
    now.getTime(),
  )
}

function insertMember(database: Database, grid: string, userId: string): number {
  return database.run(
    `INSERT OR IGNORE INTO grid_members (grid, user_id)
     SELECT grids.name, users.id FROM grids, users WHERE grids.name = ? AND users.id = ?`,
    grid,
    userId,
  )
}
