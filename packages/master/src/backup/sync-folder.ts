import { open } from 'node:fs/promises'

/** Without this a crash of the computer may undo a rename, or lose the name of a new file. */
export async function syncFolder(path: string): Promise<void> {
  const folder = await open(path, 'r')
  try {
    await folder.sync()
  } finally {
    await folder.close()
  }
}
