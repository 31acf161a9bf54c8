import { z } from 'zod'

/**
 * A backup is one file: a line that says so, a line with its manifest as JSON, and the contents of the
 * files that the manifest lists, one after the other.
 */
export const firstLine = 'kontena master backup 1\n'

/** Bytes of the longest manifest that is read. */
export const longestManifest = 64 * 1024

/** Names below the data directory, and no way out of it. */
const path = z.string().regex(/^[\w-]+(\.[\w-]+)*(\/[\w-]+(\.[\w-]+)*)?$/)

const backedUpFile = z.object({
  path,
  bytes: z.int().min(0),
  sha256: z.string().regex(/^[0-9a-f]{64}$/),
})
export type BackedUpFile = z.infer<typeof backedUpFile>

export const manifest = z.object({
  /** The identity of the master. */
  master: z.string(),
  /** When it was taken. */
  taken_at: z.iso.datetime(),
  /** Version of the database. */
  database: z.int().min(0),
  /** Whether the key of the secrets is in it; not where the master was given one from outside. */
  key_included: z.boolean(),
  files: z.array(backedUpFile),
})
export type Manifest = z.infer<typeof manifest>

export function header(content: Manifest): Buffer {
  return Buffer.from(`${firstLine}${JSON.stringify(content)}\n`)
}
