import { open, realpath, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Writes a file for its owner's eyes only, whole or not at all, and on disk when it resolves. A rename
 * replaces what was there at once; a link to it (as dotfile managers make) stays a link.
 */
export async function replaceFile(file: string, text: string): Promise<void> {
  const target = await realpath(file).catch(() => file)
  const draft = `${target}.${process.pid}.tmp`
  try {
    const handle = await open(draft, 'w', 0o600)
    try {
      await handle.chmod(0o600)
      await handle.writeFile(text)
      await handle.sync()
    } finally {
      await handle.close()
    }
    await rename(draft, target)
    await syncDirectory(dirname(target))
  } catch (error) {
    await rm(draft, { force: true }).catch(() => undefined)
    throw error
  }
}

/** Without this a crash may undo the rename. */
async function syncDirectory(directory: string): Promise<void> {
  const handle = await open(directory, 'r')
  try {
    await handle.sync()
  } finally {
    await handle.close()
  }
}
