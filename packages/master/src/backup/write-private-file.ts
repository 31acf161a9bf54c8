import { open } from 'node:fs/promises'

/** Writes a file for its owner alone. All of it is on disk when this resolves. */
export async function writePrivateFile(
  path: string,
  chunks: AsyncIterable<Uint8Array>,
): Promise<void> {
  const file = await open(path, 'w', 0o600)
  try {
    await file.chmod(0o600)
    for await (const chunk of chunks) await file.writeFile(chunk)
    await file.sync()
  } finally {
    await file.close()
  }
}
