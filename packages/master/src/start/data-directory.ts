import { closeSync, existsSync, openSync } from 'node:fs'
import { join } from 'node:path'
import { openVault, VaultError } from '../secrets/vault.ts'
import { readVaultKey, type VaultKeyOptions } from '../secrets/vault-key.ts'
import { NewerDatabaseError } from '../store/sqlite/migrations.ts'
import { openSqliteStore } from '../store/sqlite/open-sqlite-store.ts'
import { StorageError } from '../store/storage-error.ts'
import type { Store } from '../store/store.ts'
import { makeDirectory } from './make-directory.ts'
import { errorCode, MasterStartError } from './start-error.ts'

export function databaseFile(dataDir: string): string {
  return join(dataDir, 'master.sqlite')
}

/** Is there as long as a restore is not complete. */
export function unfinishedRestore(dataDir: string): string {
  return join(dataDir, '.restoring')
}

/** Opens the database in the data directory, making both where they are missing. Throws {@link MasterStartError}. */
export function openStore(options: VaultKeyOptions, report: (error: unknown) => void): Store {
  const { dataDir } = options
  const path = databaseFile(dataDir)
  if (existsSync(unfinishedRestore(dataDir))) {
    throw new MasterStartError(
      `a restore into ${dataDir} was cut off`,
      'run kontena master restore again; it begins anew',
    )
  }
  try {
    makeDirectory(dataDir)
    // SQLite gives its own side files the mode of the database.
    closeSync(openSync(path, 'a', 0o600))
    return openSqliteStore(path, (isSealed) => openVault(readVaultKey(options, isSealed)), {
      report,
    })
  } catch (error) {
    throw dataFailure(dataDir, error)
  }
}

/** Does work that needs the data directory, whose errors become {@link MasterStartError}. */
export async function inDataDir<T>(dataDir: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work()
  } catch (error) {
    throw dataFailure(dataDir, error)
  }
}

/** What an operator can do about the data directory; errors of other kinds are left as they are. */
function dataFailure(dataDir: string, error: unknown): unknown {
  const code = errorCode(error instanceof StorageError ? error.cause : error)
  const failure = (message: string, hint: string) =>
    new MasterStartError(message, hint, { cause: error })
  if (error instanceof NewerDatabaseError) {
    return failure(
      `the database in ${dataDir} belongs to a newer master: ${error.message}`,
      'start that version of kontena, or restore a backup made by this one',
    )
  }
  if (error instanceof VaultError) {
    return failure(
      `the key does not open the secrets of the database in ${dataDir}`,
      'give the key that it was made with: --key-file FILE, or VAULT_KEY in the environment',
    )
  }
  if (code === 'SQLITE_BUSY') {
    return failure(
      `the database in ${dataDir} is in use by another process`,
      'stop the other master first, or give this one a directory of its own with --data',
    )
  }
  if (code === 'SQLITE_NOTADB' || code?.startsWith('SQLITE_CORRUPT')) {
    return failure(
      `the database in ${dataDir} is damaged`,
      'restore a backup into an empty directory: kontena master restore FILE --data DIR',
    )
  }
  if (code === 'SQLITE_FULL' || code === 'ENOSPC' || code === 'EDQUOT') {
    return failure(`the disk with ${dataDir} is full`, 'make room, or choose another with --data')
  }
  if (code === undefined) return error
  return failure(
    `the data directory ${dataDir} cannot be used (${code})`,
    'make it writable for this user, or choose another with --data',
  )
}
