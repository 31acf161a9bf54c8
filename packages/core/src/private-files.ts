import fs from 'node:fs'
import { dirname } from 'node:path'
import { ProvisionError } from './errors.ts'

/** Makes a folder for its owner alone, with those above it that are not there. Throws `LOCAL_FILE`. */
export function makePrivateFolder(path: string): void {
  try {
    makeFolder(path)
    if (!fs.statSync(path).isDirectory()) throw new Error('it is no folder')
    fs.chmodSync(path, 0o700)
  } catch (error) {
    throw fileFailure(path, error)
  }
}

/** Writes a file for its owner alone, whole or not at all, and on disk before it returns. Throws `LOCAL_FILE`. */
export function replacePrivateFile(path: string, content: string | Uint8Array): void {
  const draft = `${path}.${process.pid}.tmp`
  try {
    writeDurably(draft, content)
    fs.renameSync(draft, path)
    syncFolder(dirname(path))
  } catch (error) {
    fs.rmSync(draft, { force: true })
    throw fileFailure(path, error)
  }
}

function writeDurably(path: string, content: string | Uint8Array): void {
  const file = fs.openSync(path, 'w', 0o600)
  try {
    fs.writeFileSync(file, content)
    fs.fsyncSync(file)
  } finally {
    fs.closeSync(file)
  }
}

/** Without this a crash of the computer may undo a rename, or lose the name of a new file. */
export function syncFolder(path: string): void {
  const folder = fs.openSync(path, 'r')
  try {
    fs.fsyncSync(folder)
  } finally {
    fs.closeSync(folder)
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
export function makeFolder(path: string): void {
  if (fs.existsSync(path)) return
  if (dirname(path) !== path) makeFolder(dirname(path))
  try {
    fs.mkdirSync(path, { mode: 0o700 })
  } catch (error) {
    // Another command made it in the meantime.
    if (!fs.existsSync(path)) throw error
  }
}
