import {
  chmodSync,
  closeSync,
  fsyncSync,
  mkdirSync,
  openSync,
  renameSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { dirname } from 'node:path'
import { fileFailure } from './errors.ts'

/** Makes a folder for its owner alone, with those above it that are not there. */
export function makePrivateFolder(path: string): void {
  try {
    makeStepwise(path)
    if (!statSync(path).isDirectory()) throw new Error('it is no folder')
    chmodSync(path, 0o700)
  } catch (error) {
    throw fileFailure(path, error)
  }
}

/** Writes a file for its owner alone, whole or not at all, and on disk before it returns. */
export function replacePrivateFile(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${process.pid}.tmp`
  try {
    const file = openSync(draft, 'w', 0o600)
    try {
      writeFileSync(file, content)
      fsyncSync(file)
    } finally {
      closeSync(file)
    }
    renameSync(draft, path)
    syncFolder(dirname(path))
  } catch (error) {
    throw fileFailure(path, error)
  }
}

/** Without this a crash of the computer may undo a rename. */
export function syncFolder(path: string): void {
  const folder = openSync(path, 'r')
  try {
    fsyncSync(folder)
  } finally {
    closeSync(folder)
  }
}

/** Step by step: Node's own recursive mkdir never ends below a folder that takes none, such as /proc. */
function makeStepwise(path: string): void {
  if (dirname(path) === path) return
  try {
    mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (code === 'EEXIST') return
    if (code !== 'ENOENT') throw error
    makeStepwise(dirname(path))
    mkdirSync(path, { mode: 0o700 })
  }
}
