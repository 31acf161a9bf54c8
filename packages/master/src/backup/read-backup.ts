import { createHash } from 'node:crypto'
import type { FileHandle } from 'node:fs/promises'
import { BackupError } from './backup-error.ts'
import {
  type BackedUpFile,
  firstLine,
  longestManifest,
  type Manifest,
  manifest,
} from './manifest.ts'

const chunkBytes = 256 * 1024

/** What a backup holds, and where the contents begin. Throws {@link BackupError} for what is none. */
export async function readManifest(
  file: FileHandle,
  name: string,
): Promise<{ content: Manifest; offset: number }> {
  const { buffer, bytesRead } = await file.read(
    Buffer.alloc(longestManifest),
    0,
    longestManifest,
    0,
  )
  const start = buffer.subarray(0, bytesRead)
  if (start.toString('latin1', 0, firstLine.length) !== firstLine) {
    const isLater = start.toString('latin1', 0, firstLine.length - 2) === firstLine.slice(0, -2)
    throw isLater
      ? new BackupError(`${name} was made by a newer kontena`, 'restore it with that version')
      : new BackupError(
          `${name} is no backup of a master`,
          'give a file that kontena master backup made',
        )
  }
  const end = start.indexOf('\n', firstLine.length)
  const parsed = manifest.safeParse(
    parseJson(start.toString('utf8', firstLine.length, Math.max(end, 0))),
  )
  if (end === -1 || !parsed.success) throw damaged(name, parsed.error)
  return { content: parsed.data, offset: end + 1 }
}

/** The content of each file in turn, checked at its end. Throws {@link BackupError} where it is not what was written. */
export async function* readContents(
  file: FileHandle,
  name: string,
): AsyncGenerator<{ about: BackedUpFile; chunks: AsyncGenerator<Buffer> }> {
  const { content, offset } = await readManifest(file, name)
  let position = offset
  for (const about of content.files) {
    yield { about, chunks: chunksOf(file, { about, position, name }) }
    position += about.bytes
  }
  const { bytesRead } = await file.read(Buffer.alloc(1), 0, 1, position)
  if (bytesRead > 0) throw damaged(name)
}

/** Reads all of a backup, and throws {@link BackupError} unless it is whole. */
export async function checkBackup(file: FileHandle, name: string): Promise<Manifest> {
  for await (const { chunks } of readContents(file, name)) {
    for await (const _chunk of chunks);
  }
  return (await readManifest(file, name)).content
}

async function* chunksOf(
  file: FileHandle,
  { about, position, name }: { about: BackedUpFile; position: number; name: string },
): AsyncGenerator<Buffer> {
  const hash = createHash('sha256')
  let read = 0
  while (read < about.bytes) {
    const wanted = Math.min(chunkBytes, about.bytes - read)
    const { buffer, bytesRead } = await file.read(Buffer.alloc(wanted), 0, wanted, position + read)
    if (bytesRead === 0) throw damaged(name)
    const chunk = buffer.subarray(0, bytesRead)
    hash.update(chunk)
    read += bytesRead
    yield chunk
  }
  if (hash.digest('hex') !== about.sha256) throw damaged(name)
}

export function damaged(name: string, cause?: unknown): BackupError {
  const details = cause === undefined ? {} : { cause }
  return new BackupError(
    `the backup ${name} is damaged or cut off`,
    'copy it again from where it was made, or use another',
    details,
  )
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
