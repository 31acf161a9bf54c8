import { closeSync, fsyncSync, openSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { dirname } from 'node:path'

/** Puts a file in place complete and on disk, or not at all. Only its owner may read it. */
export function writeAtomically(path: string, content: string | Uint8Array): void {
  const draft = `${path}.new`
  // Left of a write that was cut off, or put there by somebody who holds it open to read along.
  rmSync(draft, { force: true })
  const file = openSync(draft, 'wx', 0o600)
  try {
    writeFileSync(file, content)
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
  renameSync(draft, path)
  syncDirectory(dirname(path))
}

/** Without this a power failure may lose the names of files that were made or renamed in it. */
export function syncDirectory(path: string): void {
  const directory = openSync(path, 'r')
  try {
    fsyncSync(directory)
  } finally {
    closeSync(directory)
  }
}
