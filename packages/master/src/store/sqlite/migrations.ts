import type BetterSqlite from 'better-sqlite3'
import { z } from 'zod'
import type { Vault } from '../../secrets/vault.ts'
import { makeKeyCheck, requireKey } from './key-check.ts'
import { version1 } from './schema/version-1.ts'
import { version2 } from './schema/version-2.ts'
import { version3 } from './schema/version-3.ts'

/** The database was written by a later version of the master. */
export class NewerDatabaseError extends Error {
  static {
    NewerDatabaseError.prototype.name = 'NewerDatabaseError'
  }
}

type Migration = (database: BetterSqlite.Database, vault: Vault) => void

const statements =
  (sql: string): Migration =>
  (database) => {
    database.exec(sql)
  }

/** One step each, in order; a database says how many it has behind it (`PRAGMA user_version`). */
const migrations: readonly Migration[] = [statements(version1), statements(version2), version3]

/** The version that this code reads and writes. */
export const knownVersion = migrations.length

/** From this version on secrets are sealed. */
const firstSealed = 3

/** Opens the vault once it is known whether the database holds secrets that only its key opens. */
export type VaultChoice = (isSealed: boolean) => Vault

/**
 * Brings a database to {@link knownVersion}, completely or not at all, and returns the vault. Throws
 * {@link NewerDatabaseError} and changes nothing where it is newer, and `VaultError` where its secrets
 * were sealed with another key.
 */
export function migrate(database: BetterSqlite.Database, choose: VaultChoice): Vault {
  const found = versionOf(database)
  requireKnown(found)
  const vault = choose(found >= firstSealed)
  database
    .transaction(() => {
      for (const step of migrations.slice(found)) step(database, vault)
      database.pragma(`user_version = ${knownVersion}`)
      checkKey(database, vault)
    })
    .immediate()
  return vault
}

export function versionOf(database: BetterSqlite.Database): number {
  return Number(database.pragma('user_version', { simple: true }))
}

/** Throws {@link NewerDatabaseError} for a version that this code does not know. */
export function requireKnown(version: number): void {
  if (version <= knownVersion) return
  throw new NewerDatabaseError(
    `the database has version ${version}, this master knows ${knownVersion}`,
  )
}

/** The first key leaves a text that only it opens, so that a wrong one is noticed before anything else. */
function checkKey(database: BetterSqlite.Database, vault: Vault): void {
  const row = z.object({ value: z.string() }).optional()
  const found = row.parse(
    database.prepare(`SELECT value FROM settings WHERE key = 'key-check'`).get(),
  )
  if (found !== undefined) {
    requireKey(found.value, vault)
    return
  }
  database
    .prepare(`INSERT INTO settings (key, value) VALUES ('key-check', ?)`)
    .run(makeKeyCheck(vault))
}
