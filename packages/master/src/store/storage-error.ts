/**
 * - `full`: there is no room on the disk.
 * - `read-only`: the disk or the file takes no writes.
 * - `damaged`: what is stored cannot be understood.
 * - `failed`: the disk, or the way to it, does not work.
 */
export type StorageTrouble = 'full' | 'read-only' | 'damaged' | 'failed'

const texts: Readonly<Record<StorageTrouble, string>> = {
  full: 'the disk of the master is full, so nothing was changed',
  'read-only': 'the disk of the master takes no writes, so nothing was changed',
  damaged: 'the database of the master is damaged',
  // A sync that fails leaves open what a start after a crash would find.
  failed: 'the disk of the master does not work, so it is not certain what was changed',
}

/** The store could not do what it was asked, for a reason outside of it. The message is fit for clients. */
export class StorageError extends Error {
  static {
    StorageError.prototype.name = 'StorageError'
  }
  readonly trouble: StorageTrouble

  constructor(trouble: StorageTrouble, options?: ErrorOptions) {
    super(texts[trouble], options)
    this.trouble = trouble
  }
}
