import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdir } from 'node:fs/promises'
import { homedir } from 'node:os'
import { join } from 'node:path'

/** Where images stay between runs. Everything in it can be deleted at any time. */
export async function openCache(): Promise<string> {
  const folder = join(process.env.XDG_CACHE_HOME ?? join(homedir(), '.cache'), 'kontena-vm-tests')
  await mkdir(folder, { recursive: true })
  return folder
}

/** Names what is made from these texts and files, so that something else never takes its place. */
export function contentKey(texts: readonly string[], files: readonly string[]): string {
  const hash = createHash('sha256')
  for (const text of texts) hash.update(`${text.length}:${text}`)
  for (const file of files) {
    const content = readFileSync(file)
    hash.update(`${file.split('/').at(-1)}:${content.length}:`).update(content)
  }
  return hash.digest('hex').slice(0, 16)
}

/** All files below a folder, in a stable order. */
export function filesBelow(folder: string): string[] {
  return readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => join(entry.parentPath, entry.name))
    .sort()
}
