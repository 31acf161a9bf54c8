import { open, rm } from 'node:fs/promises'

/**
 * Writes a file for its owner alone. All of it is on disk when this resolves. What is there by that name is
 * removed before: it may be a link to elsewhere, or a file that somebody holds open to read along.
 */
export async function writePrivateFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  await rm(path, { force: true })
  const file = await open(path, 'wx', 0o600)
  try {
    for await (const chunk of chunks) await file.writeFile(chunk)
    await file.sync()
  } finally {
    await file.close()
  }
}
