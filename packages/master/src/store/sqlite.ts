import { randomUUID } from 'node:crypto'
import { z } from 'zod'
import { accessStore } from './sqlite-access.ts'
import { auditLog } from './sqlite-audit.ts'
import { connectionStore } from './sqlite-connections.ts'
import { type Database, openDatabase } from './sqlite-database.ts'
import { enrolmentStore } from './sqlite-enrolments.ts'
import { gridStore } from './sqlite-grids.ts'
import { nodeStore } from './sqlite-nodes.ts'
import type { Store } from './store.ts'

/**
 * A store in one SQLite file, or in memory for `:memory:`. One process at a time has it open.
 * Throws `NewerDatabaseError` for a file of a later version, else what SQLite says.
 */
export function openSqliteStore(path: string): Store {
  const database = openDatabase(path)
  const uuid = ensureUuid(database)
  return {
    uuid: async () => uuid,
    ping: async () => {
      database.get(z.unknown(), 'SELECT count(*) FROM settings')
    },
    close: async () => database.close(),
    ...accessStore(database),
    ...gridStore(database),
    ...nodeStore(database),
    ...enrolmentStore(database),
    ...connectionStore(database),
    auditLog: async (limit) => auditLog(database, limit),
  }
}

function ensureUuid(database: Database): string {
  const row = z.object({ value: z.string() })
  const read = `SELECT value FROM settings WHERE key = 'uuid'`
  return database.transaction(() => {
    const known = database.get(row, read)
    if (known !== undefined) return known.value
    const made = randomUUID()
    database.run(`INSERT INTO settings (key, value) VALUES ('uuid', ?)`, made)
    return made
  })
}
