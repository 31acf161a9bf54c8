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

const cloudConfig = z
  .looseObject({
    write_files: z.array(file).default([]),
    ssh_authorized_keys: z.array(z.string()).default([]),
  })
  .nullable()

/**
 * Reads the files of a `#cloud-config` document: its `write_files`, and the account of the image with the
 * keys that are to open it. YAML 1.1, as cloud-init's parser speaks:
 * there an unquoted `0644` is a number in octal.
 *
 * @throws Error with what cloud-init would have choked on
 */
export function readCloudConfig(text: string): readonly UserDataFile[] {
  const document: unknown = parse(text, { version: '1.1' })
  const parsed = cloudConfig.safeParse(document)
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  const written = (parsed.data?.write_files ?? []).map((entry) => ({
    path: entry.path,
    content: encodings[entry.encoding]?.(Buffer.from(entry.content)) ?? Buffer.alloc(0),
    mode:
      typeof entry.permissions === 'number'
        ? entry.permissions
        : Number.parseInt(entry.permissions.replace('o', ''), 8),
    append: entry.append,
  }))
  return [...written, ...accountFiles(parsed.data?.ssh_authorized_keys ?? [])]
}

/** The account that Ubuntu's images have; of others only the name differs. */
const account = 'ubuntu'

function accountFiles(keys: readonly string[]): UserDataFile[] {
  if (keys.length === 0) return []
  const lines = Buffer.from(`${keys.join('\n')}\n`)
  const entry = Buffer.from(`${account}:x:1000:1000::/home/${account}:/bin/bash\n`)
  return [
    { path: `/home/${account}/.ssh/authorized_keys`, content: lines, mode: 0o600, append: false },
    { path: '/etc/passwd', content: entry, mode: 0o644, append: true },
  ]
}

function decodeBase64(content: Buffer): Buffer {
  return Buffer.from(content.toString('latin1'), 'base64')
}
