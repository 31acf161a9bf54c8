import BetterSqlite from 'better-sqlite3'
import type { z } from 'zod'
import type { Vault } from '../../secrets/vault.ts'
import { migrate, type VaultChoice } from './migrations.ts'
import { storageFailure, told } from './storage-failure.ts'
import { type WriteQueue, type WriteQueueOptions, writeQueue } from './write-queue.ts'

export type Value = string | number | null

/** SQL with rows checked on the way out. Statements are compiled once. */
export interface Database extends WriteQueue {
  all<T>(row: z.ZodType<T>, sql: string, ...values: Value[]): T[]
  get<T>(row: z.ZodType<T>, sql: string, ...values: Value[]): T | undefined
  /** How many rows changed. To be called inside the work of a {@link WriteQueue.write}. */
  run(sql: string, ...values: Value[]): number
  /** Opens and seals what the database shows again. */
  readonly vault: Vault
  /** Copies the database, as it is at one moment, to a new file while others go on writing. */
  backup(path: string): Promise<void>
}

/**
 * Opens or makes the database. It stays locked for this process as long as it is open, because the
 * connection state of nodes belongs to the one process that holds their sockets. Throws what SQLite
 * says (`SQLITE_BUSY` where another master has it), `NewerDatabaseError`, or `VaultError` where the
 * secrets in it were sealed with another key.
 */
export function openDatabase(
  path: string,
  choose: VaultChoice,
  options: WriteQueueOptions,
): Database {
  const database = new BetterSqlite(path, { timeout: 2_000 })
  try {
    database.pragma('locking_mode = EXCLUSIVE')
    database.pragma('journal_mode = WAL')
    // WAL alone may lose the last commits on power failure; an acknowledged enrolment must not vanish.
    database.pragma('synchronous = FULL')
    // What is deleted or sealed must not be found in pages that are free.
    database.pragma('secure_delete = ON')
    // Tables are made anew in steps of a migration, which must not take along what refers to them.
    database.pragma('foreign_keys = OFF')
    const vault = migrate(database, choose)
    database.pragma('foreign_keys = ON')
    return wrap(database, vault, options)
  } catch (error) {
    database.close()
    throw error
  }
}

function wrap(database: BetterSqlite.Database, vault: Vault, options: WriteQueueOptions): Database {
  const statements = new Map<string, BetterSqlite.Statement>()
  const prepare = (sql: string): BetterSqlite.Statement => {
    const known = statements.get(sql)
    if (known !== undefined) return known
    const made = database.prepare(sql)
    statements.set(sql, made)
    return made
  }
  const queue = writeQueue(database, options)
  return {
    all: (row, sql, ...values) =>
      told(() => prepare(sql).all(...values)).map((found) => row.parse(found)),
    get: (row, sql, ...values) => {
      const found = told(() => prepare(sql).get(...values))
      return found === undefined ? undefined : row.parse(found)
    },
    run: (sql, ...values) => prepare(sql).run(...values).changes,
    ...queue,
    vault,
    backup: async (target) => {
      await database.backup(target).catch((error: unknown) => {
        throw storageFailure(error)
      })
    },
    close: async () => {
      await queue.close()
      database.close()
    },
  }
}
