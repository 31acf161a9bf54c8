import type { GridRecord } from './records.ts'
import { audit } from './sqlite-audit.ts'
import type { Database, Value } from './sqlite-database.ts'
import { gridRow } from './sqlite-rows.ts'
import type { NewGrid, Store } from './store.ts'

type GridStore = Pick<
  Store,
  'grids' | 'grid' | 'gridByToken' | 'createGrid' | 'removeGrid' | 'addMember'
>

const columns = `grids.*,
  (SELECT count(*) FROM nodes WHERE nodes.grid = grids.name) AS node_count,
  (SELECT count(*) FROM grid_members WHERE grid_members.grid = grids.name) AS user_count`

export function gridStore(database: Database): GridStore {
  const select = (condition: string, ...values: Value[]): GridRecord[] =>
    database.all(gridRow, `SELECT ${columns} FROM grids ${condition} ORDER BY name`, ...values)

  return {
    grids: async (memberId) =>
      memberId === undefined
        ? select('')
        : select('WHERE name IN (SELECT grid FROM grid_members WHERE user_id = ?)', memberId),

    grid: async (name) => select('WHERE name = ?', name)[0],

    gridByToken: async (tokenHash) => select('WHERE token_hash = ?', tokenHash)[0],

    createGrid: async (grid, actor, now) =>
      database.transaction(() => {
        if (select('WHERE name = ?', grid.name).length > 0) return 'name-taken'
        if (select('WHERE token_hash = ?', grid.tokenHash).length > 0) return 'token-taken'
        insertGrid(database, grid, now)
        if (actor.user !== undefined) insertMember(database, grid.name, actor.user.id)
        const entry = { event: 'create grid', grid: grid.name, type: 'grid', name: grid.name }
        audit(database, entry, actor, now)
        const [made] = select('WHERE name = ?', grid.name)
        if (made === undefined) throw new Error(`grid ${grid.name} was not stored`)
        return made
      }),

    removeGrid: async (name, actor, now) =>
      database.transaction(() => {
        const [grid] = select('WHERE name = ?', name)
        if (grid === undefined) return 'missing'
        if (grid.nodeCount > 0) return 'has-nodes'
        database.run('DELETE FROM grids WHERE name = ?', name)
        audit(database, { event: 'remove grid', grid: name, type: 'grid', name }, actor, now)
        return 'removed'
      }),

    addMember: async (grid, userId, actor, now) =>
      database.transaction(() => {
        if (insertMember(database, grid, userId) === 0) return
        audit(database, { event: 'add member', grid, type: 'user', name: userId }, actor, now)
      }),
  }
}

function insertGrid(database: Database, grid: NewGrid, now: Date): void {
  database.run(
    `INSERT INTO grids (name, token, token_hash, initial_size, subnet, supernet,
       default_affinity, trusted_subnets, created_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?)`,
    grid.name,
    grid.token,
    grid.tokenHash,
    grid.initialSize,
    grid.subnet,
    grid.supernet,
    JSON.stringify(grid.defaultAffinity),
    JSON.stringify(grid.trustedSubnets),
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
