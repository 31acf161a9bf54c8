import { chown, mkdir, open, readdir, rename, rm, stat } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { unfinishedRestore } from '../start/data-directory.ts'
import { makeDirectory } from '../start/make-directory.ts'
import { knownVersion } from '../store/sqlite/migrations.ts'
import { BackupError } from './backup-error.ts'
import { explainFailure } from './explain-failure.ts'
import { checkExtracted, extract, places } from './extract.ts'
import type { Manifest } from './manifest.ts'
import { readManifest } from './read-backup.ts'
import { syncFolder } from './sync-folder.ts'

export interface RestoreOptions {
  readonly file: string
  /** An empty directory, or one that is not there yet. */
  readonly dataDir: string
  /** The key of the secrets, where it is not in the backup; it is only tried. */
  readonly vaultKey?: string | undefined
  readonly keyFile?: string | undefined
}

export interface Restored {
  /** The identity of the master. */
  readonly uuid: string
  readonly takenAt: Date
  /** Whether a master started over it finds its key there. */
  readonly isKeyIncluded: boolean
}

/**
 * Puts the data of a master back from a backup. All of it is checked before anything is put in place, and
 * no master starts over what was cut off in between. Throws {@link BackupError}.
 */
export async function restoreMaster(options: RestoreOptions): Promise<Restored> {
  const { file: name, dataDir } = options
  const file = await open(name, 'r').catch((error: unknown) => {
    throw explainFailure(error, `the backup ${name} cannot be read`)
  })
  try {
    const { content } = await readManifest(file, name)
    if (content.database > knownVersion) {
      throw new BackupError(
        `${name} was made by a newer master: its database has version ${content.database}, this kontena knows ${knownVersion}`,
        'restore it with that version of kontena',
      )
    }
    const draft = await makeDraft(dataDir)
    try {
      await extract(file, name, draft)
      checkExtracted(draft, { ...options, name, content })
      await giveToOwner(dataDir, draft)
    } catch (error) {
      await rm(draft, { recursive: true, force: true })
      throw error
    }
    await putInPlace(draft, dataDir)
    return restored(content)
  } catch (error) {
    throw explainFailure(error, `the data directory ${dataDir} cannot be used`)
  } finally {
    await file.close()
  }
}

function restored({ master, taken_at, key_included }: Manifest): Restored {
  return { uuid: master, takenAt: new Date(taken_at), isKeyIncluded: key_included }
}

/** A folder in the data directory, which has to be empty but for a restore that was cut off. */
async function makeDraft(dataDir: string): Promise<string> {
  const draft = unfinishedRestore(dataDir)
  makeDirectory(dataDir)
  const found = (await readdir(dataDir)).filter((name) => name !== 'lost+found')
  const isUnfinished = found.includes(basename(draft))
  const ours: readonly string[] = isUnfinished ? [basename(draft), ...places] : []
  if (found.some((name) => !ours.includes(name))) {
    throw new BackupError(
      `${dataDir} is not empty`,
      'restore into an empty directory, so that nothing that is needed is lost',
    )
  }
  // The folder that tells of the cut goes last, so that another cut is noticed too.
  for (const name of isUnfinished ? places : []) {
    await rm(join(dataDir, name), { recursive: true, force: true })
  }
  await rm(draft, { recursive: true, force: true })
  await mkdir(draft, { mode: 0o700 })
  await syncFolder(dataDir)
  return draft
}

async function giveToOwner(dataDir: string, draft: string): Promise<void> {
  // Root restores for the user whose directory it is.
  if (process.getuid?.() !== 0) return
  const { uid, gid } = await stat(dataDir)
  await chown(draft, uid, gid)
  for (const name of await readdir(draft, { recursive: true })) {
    await chown(join(draft, name), uid, gid)
  }
}

async function putInPlace(draft: string, dataDir: string): Promise<void> {
  await syncFolder(draft)
  const found = await readdir(draft)
  for (const name of places) {
    if (!found.includes(name)) continue
    if (name === 'tls') await syncFolder(join(draft, name))
    await rename(join(draft, name), join(dataDir, name))
  }
  await syncFolder(dataDir)
  await rm(draft, { recursive: true })
  await syncFolder(dataDir)
}
