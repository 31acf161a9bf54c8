import { createReadStream } from 'node:fs'
import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { join } from 'node:path'
import { hashFile } from './hash-file.ts'
import { type BackedUpFile, header, type Manifest } from './manifest.ts'

export interface BackupSource {
  readonly dataDir: string
  readonly uuid: string
  /** Version of the database. */
  readonly version: number
  /** The file of the key, where the master has it in its data directory. */
  readonly keyFile: string | undefined
  readonly now: Date
  /** Copies the database, as it is at one moment, to a new file. */
  snapshot(path: string): Promise<void>
}

const scratchPrefix = '.backup-'

/** The bytes of a backup. What it needs beside the database while it lasts is gone when it ends. */
export async function* takeBackup(source: BackupSource): AsyncGenerator<Buffer> {
  const { dataDir } = source
  const scratch = await mkdtemp(join(dataDir, scratchPrefix))
  try {
    const database = join(scratch, 'master.sqlite')
    await source.snapshot(database)
    const places = await placesOf(source, database)
    const files = await Promise.all(
      places.map(
        async ([path, place]): Promise<BackedUpFile> => ({ path, ...(await hashFile(place)) }),
      ),
    )
    yield header(manifestOf(source, files))
    for (const [, place] of places) yield* createReadStream(place)
  } finally {
    await rm(scratch, { recursive: true, force: true })
  }
}

/** Takes away what a master left that died while it made a backup. */
export async function removeScratch(dataDir: string): Promise<void> {
  for (const name of await readdir(dataDir)) {
    if (name.startsWith(scratchPrefix)) await rm(join(dataDir, name), { recursive: true })
  }
}

function manifestOf(source: BackupSource, files: BackedUpFile[]): Manifest {
  return {
    master: source.uuid,
    taken_at: source.now.toISOString(),
    database: source.version,
    key_included: source.keyFile !== undefined,
    files,
  }
}

/** What goes into a backup, and where it is now. Certificates that are given by files are not ours to keep. */
async function placesOf(
  { dataDir, keyFile }: BackupSource,
  database: string,
): Promise<[path: string, place: string][]> {
  const tls = await readdir(join(dataDir, 'tls')).catch(() => [])
  return [
    ['master.sqlite', database],
    ...(keyFile === undefined ? [] : [['master.key', keyFile] as const]),
    ...tls
      .filter((name) => name.endsWith('.pem'))
      .map((name) => [`tls/${name}`, join(dataDir, 'tls', name)] as const),
  ].map(([path, place]) => [path, place])
}
