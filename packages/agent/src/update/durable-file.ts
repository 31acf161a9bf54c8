import { open, rename, rm } from 'node:fs/promises'
import { dirname } from 'node:path'

/**
 * Puts a file in its place at one stroke: after a power cut there is the old content or the new one, in
 * full. Nothing is left beside it when that fails.
 */
export async function replaceFile(
  file: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  try {
    await writeBeside(file, content, mode)
    await moveIn(file)
  } catch (error) {
    await rm(`${file}.new`, { force: true }).catch(() => {})
    throw error
  }
}

/** Writes `<file>.new`, so that the disk holds it. */
export async function writeBeside(
  file: string,
  content: string | Uint8Array,
  mode = 0o644,
): Promise<void> {
  const handle = await open(`${file}.new`, 'w', mode)
  try {
    await handle.writeFile(content)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** Lets `<file>.new` take the file's place, so that the disk knows. */
export async function moveIn(file: string): Promise<void> {
  await rename(`${file}.new`, file)
  const folder = await open(dirname(file), 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
