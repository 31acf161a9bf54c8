import { writeFile } from 'node:fs/promises'
import type { GuestDisk } from './guest.ts'
import { iso9660 } from './iso9660.ts'

/** Writes a disk that a cloud gives a machine along. Resolves to its path. */
export async function writeSeed(path: string, { label, files }: GuestDisk): Promise<string> {
  await writeFile(path, iso9660(label, files))
  return path
}
