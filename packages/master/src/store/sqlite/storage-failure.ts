import { StorageError, type StorageTrouble } from '../storage-error.ts'

/** By the primary code; extended ones begin with it (https://www.sqlite.org/rescode.html). */
const troubles: readonly (readonly [string, StorageTrouble])[] = [
  ['SQLITE_FULL', 'full'],
  ['SQLITE_READONLY', 'read-only'],
  ['SQLITE_PERM', 'read-only'],
  ['SQLITE_CORRUPT', 'damaged'],
  ['SQLITE_NOTADB', 'damaged'],
  ['SQLITE_IOERR', 'failed'],
  ['SQLITE_CANTOPEN', 'failed'],
]

/** What SQLite says of its disk, as the store's callers know it. Everything else is left as it is. */
export function storageFailure(error: unknown): unknown {
  if (!(error instanceof Error) || !('code' in error)) return error
  const code = String(error.code)
  const known = troubles.find(([primary]) => code === primary || code.startsWith(`${primary}_`))
  return known === undefined ? error : new StorageError(known[1], { cause: error })
}

/** Runs it, and throws what {@link storageFailure} makes of its errors. */
export function told<T>(work: () => T): T {
  try {
    return work()
  } catch (error) {
    throw storageFailure(error)
  }
}
