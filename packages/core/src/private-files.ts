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
import { ProvisionError } from './errors.ts'

/** Makes a folder for its owner alone, with those above it that are not there. Throws `LOCAL_FILE`. */
export function makePrivateFolder(path: string): void {
  try {
    makeStepwise(path)
    if (!statSync(path).isDirectory()) throw new Error('it is no folder')
    chmodSync(path, 0o700)
  } catch (error) {
    throw fileFailure(path, error)
  }
}

/** Writes a file for its owner alone, whole or not at all, and on disk before it returns. Throws `LOCAL_FILE`. */
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

/** What a person can do about a file of ours that cannot be used, and why it cannot. */
export function fileFailure(path: string, cause: unknown): ProvisionError {
  const reason = cause instanceof Error ? cause.message.replace(/^([A-Z]+): .*$/, '$1') : 'failed'
  return new ProvisionError('LOCAL_FILE', `${path} cannot be used: ${reason}`, {
    hint: 'see who owns it, and that its disk has room',
    cause,
  })
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
