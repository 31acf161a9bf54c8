import { access, open, readFile, rename, rm } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { openVault } from '../secrets/vault.ts'
import { ownKeyFile } from '../secrets/vault-key.ts'
import { databaseFile } from '../start/data-directory.ts'
import { errorCode } from '../start/start-error.ts'
import { type DatabaseFile, openDatabaseFile } from '../store/sqlite/database-file.ts'
import { BackupError } from './backup-error.ts'
import { askForBackup } from './control-socket.ts'
import { explainFailure } from './explain-failure.ts'
import { checkBackup } from './read-backup.ts'
import { syncFolder } from './sync-folder.ts'
import { takeBackup } from './take-backup.ts'
import { writePrivateFile } from './write-private-file.ts'

export interface BackupOptions {
  /** The file to write; one that is there is replaced once the new one is whole. */
  readonly file: string
  readonly dataDir: string
}

export interface Backup {
  /** The identity of the master. */
  readonly uuid: string
  readonly takenAt: Date
  readonly bytes: number
  /** Whether the key of the secrets is in it, or is kept elsewhere. */
  readonly isKeyIncluded: boolean
}

/**
 * Backs up a master to one file, for its owner alone: from the master where it runs, else from its data.
 * Throws {@link BackupError}; the file is then as it was.
 */
export async function backUpMaster({ file, dataDir }: BackupOptions): Promise<Backup> {
  await access(databaseFile(dataDir)).catch((error: unknown) => {
    if (errorCode(error) !== 'ENOENT') throw explainFailure(error, `${dataDir} cannot be read`)
    throw new BackupError(
      `there is no master in ${dataDir}`,
      'say where its data is with --data DIR',
    )
  })
  const draft = `${file}.part`
  try {
    await writePrivateFile(draft, bytesOf(dataDir))
    const made = await check(draft)
    await rename(draft, file)
    await syncFolder(dirname(resolve(file)))
    return made
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw explainFailure(error, `the backup ${file} cannot be written`)
  }
}

async function* bytesOf(dataDir: string): AsyncGenerator<Uint8Array> {
  const answer = await askForBackup(dataDir).catch((error: unknown) => {
    throw refused(dataDir, error)
  })
  if (answer === undefined) {
    yield* whileStopped(dataDir)
    return
  }
  try {
    for await (const chunk of answer) yield Buffer.from(chunk)
  } catch (error) {
    throw refused(dataDir, error)
  }
}

function refused(dataDir: string, error: unknown): unknown {
  if (errorCode(error) === 'EACCES') return explainFailure(error, `${dataDir} cannot be used`)
  const reason = error instanceof Error ? error.message : String(error)
  return new BackupError(
    `the master over ${dataDir} could not make the backup: ${reason}`,
    'its log says more',
    { cause: error },
  )
}

/** Nobody has the database open, so that this process may. */
async function* whileStopped(dataDir: string): AsyncGenerator<Buffer> {
  let database: DatabaseFile
  try {
    database = openDatabaseFile(databaseFile(dataDir))
  } catch (error) {
    if (errorCode(error) !== 'SQLITE_BUSY') throw explainDatabase(dataDir, error)
    throw new BackupError(
      `a master uses ${dataDir}, and does not answer there`,
      'wait until it has started, or stop it',
      { cause: error },
    )
  }
  try {
    yield* takeBackup({
      dataDir,
      uuid: database.uuid ?? 'none',
      version: database.version,
      keyFile: await fittingKey(dataDir, database),
      now: new Date(),
      snapshot: database.copy,
    })
  } catch (error) {
    throw explainDatabase(dataDir, error)
  } finally {
    database.close()
  }
}

function explainDatabase(dataDir: string, error: unknown): unknown {
  return explainFailure(error, `the data in ${dataDir} cannot be backed up`)
}

/** A key may lie there that is not the one the master is given. */
async function fittingKey(dataDir: string, database: DatabaseFile): Promise<string | undefined> {
  const path = ownKeyFile(dataDir)
  const key = await readFile(path, 'utf8').catch(() => undefined)
  return key !== undefined && database.opensWith(openVault(key.trim())) ? path : undefined
}

async function check(path: string): Promise<Backup> {
  const file = await open(path, 'r')
  try {
    const { master, taken_at, key_included } = await checkBackup(file, path)
    const { size } = await file.stat()
    return { uuid: master, takenAt: new Date(taken_at), bytes: size, isKeyIncluded: key_included }
  } finally {
    await file.close()
  }
}
