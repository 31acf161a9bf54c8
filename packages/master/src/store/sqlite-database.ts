import BetterSqlite from 'better-sqlite3'
import type { z } from 'zod'
import { migrate } from './sqlite-schema.ts'

export type Value = string | number | null

/** SQL with rows checked on the way out. Statements are compiled once. */
export interface Database {
  all<T>(row: z.ZodType<T>, sql: string, ...values: Value[]): T[]
  get<T>(row: z.ZodType<T>, sql: string, ...values: Value[]): T | undefined
  /** How many rows changed. */
  run(sql: string, ...values: Value[]): number
  /** Runs the work alone and completely; a throw undoes it. */
  transaction<T>(work: () => T): T
  close(): void
}

/**
 * Opens or makes the database. It stays locked for this process as long as it is open, because the
 * connection state of nodes belongs to the one process that holds their sockets. Throws what SQLite
 * says (`SQLITE_BUSY` where another master has it), or `NewerDatabaseError`.
 */
export function openDatabase(path: string): Database {
  const database = new BetterSqlite(path, { timeout: 2_000 })
  try {
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    // WAL alone may lose the last commits on power failure; an acknowledged enrolment must not vanish.
    database.pragma('synchronous = FULL')
    database.pragma('foreign_keys = ON')
    migrate(database)
  } catch (error) {
    database.close()
    throw error
  }
  return wrap(database)
}

function wrap(database: BetterSqlite.Database): Database {
  const statements = new Map<string, BetterSqlite.Statement>()
  const prepare = (sql: string): BetterSqlite.Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const made = database.prepare(sql)
    statements.set(sql, made)
    return made
  }
  return {
    all: (row, sql, ...values) =>
      prepare(sql)
        .all(...values)
        .map((found) => row.parse(found)),
    get: (row, sql, ...values) => {
      const found = prepare(sql).get(...values)
      return found === undefined ? undefined : row.parse(found)
    },
    run: (sql, ...values) => prepare(sql).run(...values).changes,
    transaction: (work) => database.transaction(work).immediate(),
    close: () => database.close(),
  }
}
