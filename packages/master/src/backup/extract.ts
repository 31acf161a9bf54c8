import { existsSync } from 'node:fs'
import { type FileHandle, mkdir } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { openVault } from '../secrets/vault.ts'
import { ownKeyFile, readVaultKey } from '../secrets/vault-key.ts'
import { databaseFile } from '../start/data-directory.ts'
import { type DatabaseFile, openDatabaseFile } from '../store/sqlite/database-file.ts'
import { BackupError } from './backup-error.ts'
import type { Manifest } from './manifest.ts'
import { damaged, readContents } from './read-backup.ts'
import { writePrivateFile } from './write-private-file.ts'

/** What a backup may put into a data directory, the database last: without it there is nothing to start. */
export const places = ['tls', 'master.key', 'master.sqlite'] as const

/** Writes the files of a backup below a folder. Throws `BackupError` where it is not whole. */
export async function extract(file: FileHandle, name: string, draft: string): Promise<void> {
  for await (const { about, chunks } of readContents(file, name)) {
    if (!places.some((place) => place === about.path.split('/')[0])) throw damaged(name)
    const target = join(draft, about.path)
    await mkdir(dirname(target), { recursive: true, mode: 0o700 })
    await writePrivateFile(target, chunks)
  }
}

export interface ExtractedOptions {
  /** The backup, as people know it. */
  readonly name: string
  /** What it says of itself. */
  readonly content: Manifest
  /** The key of the secrets, where it is not in the backup. */
  readonly vaultKey?: string | undefined
  readonly keyFile?: string | undefined
}

/** Throws `BackupError` unless a master can start over what was extracted. */
export function checkExtracted(draft: string, options: ExtractedOptions): void {
  const { name, vaultKey, keyFile } = options
  let database: DatabaseFile
  try {
    database = openDatabaseFile(databaseFile(draft))
  } catch (error) {
    throw damaged(name, error)
  }
  try {
    const { master, database: version } = options.content
    if (database.uuid !== undefined && database.uuid !== master) throw damaged(name)
    if (database.version !== version || !database.isWhole()) throw damaged(name)
    const isGiven = vaultKey !== undefined || keyFile !== undefined
    if (!isGiven && !existsSync(ownKeyFile(draft))) return
    const key = readVaultKey({ dataDir: draft, vaultKey, keyFile }, true)
    if (database.opensWith(openVault(key))) return
    throw new BackupError(
      `the key does not open the secrets in ${name}`,
      isGiven ? 'give the key that the master had' : 'use another backup',
    )
  } finally {
    database.close()
  }
}
