import BetterSqlite from 'better-sqlite3'
import { z } from 'zod'
import type { Vault } from '../../secrets/vault.ts'
import { isKeyOf } from './key-check.ts'
import { versionOf } from './migrations.ts'

/** A database that no master has open, as it is: nothing in it is migrated. */
export interface DatabaseFile {
  readonly version: number
  /** Identity of its master; undefined where no master ever started over it. */
  readonly uuid: string | undefined
  /** Whether all of it can be read, with every index as it should be. */
  isWhole(): boolean
  /** Whether this key opens its secrets; every key does where none is sealed. */
  opensWith(vault: Vault): boolean
  /** Copies it to a new file. */
  copy(path: string): Promise<void>
  close(): void
}

const setting = z.object({ value: z.string() }).optional()

/** Opens a database for this process alone. Throws what SQLite says. */
export function openDatabaseFile(path: string): DatabaseFile {
  const database = new BetterSqlite(path, { timeout: 2_000, fileMustExist: true })
  try {
    database.pragma('locking_mode = EXCLUSIVE')
    const hasSettings =
      database.prepare(`SELECT 1 FROM sqlite_schema WHERE name = 'settings'`).get() !== undefined
    const read = (key: string): string | undefined =>
      hasSettings
        ? setting.parse(database.prepare('SELECT value FROM settings WHERE key = ?').get(key))
            ?.value
        : undefined
    return {
      version: versionOf(database),
      uuid: read('uuid'),
      isWhole: () => database.pragma('integrity_check', { simple: true }) === 'ok',
      opensWith: (vault) => {
        const check = read('key-check')
        return check === undefined || isKeyOf(check, vault)
      },
      copy: async (target) => void (await database.backup(target)),
      close: () => void database.close(),
    }
  } catch (error) {
    database.close()
    throw error
  }
}
