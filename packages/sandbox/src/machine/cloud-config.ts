import { gunzipSync } from 'node:zlib'
import { parse } from 'yaml'
import { z } from 'zod'

/** A file that user data puts on a machine. */
export interface UserDataFile {
  readonly path: string
  readonly content: Buffer
  readonly mode: number
  readonly append: boolean
}

const encodings: Readonly<Record<string, (content: Buffer) => Buffer>> = {
  'text/plain': (content) => content,
  b64: decodeBase64,
  base64: decodeBase64,
  gz: gunzipSync,
  gzip: gunzipSync,
  'gz+b64': (content) => gunzipSync(decodeBase64(content)),
  'gz+base64': (content) => gunzipSync(decodeBase64(content)),
  'gzip+b64': (content) => gunzipSync(decodeBase64(content)),
  'gzip+base64': (content) => gunzipSync(decodeBase64(content)),
}

const file = z.object({
  path: z.string().startsWith('/', 'is not absolute'),
  content: z.union([z.string(), z.instanceof(Uint8Array)]).default(''),
  encoding: z
    .string()
    .refine((name) => Object.hasOwn(encodings, name), 'is no encoding that cloud-init knows')
    .default('text/plain'),
  permissions: z
    .union([z.string().regex(/^0?o?[0-7]{3,4}$/, 'is no octal mode'), z.number().int()])
    .default('0644'),
  append: z.boolean().default(false),
})

const cloudConfig = z.looseObject({ write_files: z.array(file).default([]) }).nullable()

/**
 * Reads the `write_files` of a `#cloud-config` document. YAML 1.1, as cloud-init's parser speaks:
 * there an unquoted `0644` is a number in octal.
 *
 * @throws Error with what cloud-init would have choked on
 */
export function readCloudConfig(text: string): readonly UserDataFile[] {
  const document: unknown = parse(text, { version: '1.1' })
  const parsed = cloudConfig.safeParse(document)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  return (parsed.data?.write_files ?? []).map((entry) => ({
    path: entry.path,
    content: encodings[entry.encoding]?.(Buffer.from(entry.content)) ?? Buffer.alloc(0),
    mode:
      typeof entry.permissions === 'number'
        ? entry.permissions
        : Number.parseInt(entry.permissions.replace('o', ''), 8),
    append: entry.append,
  }))
}

function decodeBase64(content: Buffer): Buffer {
  return Buffer.from(content.toString('latin1'), 'base64')
}
