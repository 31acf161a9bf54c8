import { gunzipSync } from 'node:zlib'
import { z } from 'zod'
import type { UserDataFile } from './cloud-config.ts'

/** Contents by a URL; nothing of ours has others than such as carry them. */
const resource = z.strictObject({
  source: z.string().startsWith('data:', 'is no data URL'),
  compression: z.enum(['', 'gzip']).optional(),
})
const meta = {
  version: z.string().regex(/^3\.[0-3]\.0$/, 'is no version of the specification up to 3.3.0'),
}
const path = z.string().startsWith('/', 'is not absolute')
const permissions = z.number().int().min(0).max(0o777).optional()

/** What of the specification the sandbox can carry out. All else would be left out in silence. */
const document = z.strictObject({
  ignition: z.strictObject({
    ...meta,
    config: z.strictObject({ replace: resource }).optional(),
  }),
  passwd: z
    .strictObject({
      users: z.array(
        z.strictObject({ name: z.string(), sshAuthorizedKeys: z.array(z.string()).optional() }),
      ),
    })
    .optional(),
  storage: z
    .strictObject({
      files: z.array(
        z.strictObject({
          path,
          mode: permissions,
          overwrite: z.boolean().optional(),
          contents: resource.optional(),
        }),
      ),
    })
    .optional(),
  systemd: z
    .strictObject({
      units: z.array(
        z.strictObject({
          name: z.string().regex(/^[\w@.-]+$/, 'is no name of a unit'),
          enabled: z.boolean().optional(),
          contents: z.string().optional(),
        }),
      ),
    })
    .optional(),
})

/** Largest that contents may unpack to. */
const largest = 16 * 1024 * 1024

/**
 * Reads a document for Ignition ("Configuration Specification v3.3.0"): the files, units and keys that it
 * puts on a machine. A document that replaces the first one takes its place.
 *
 * @throws Error with what Ignition would have choked on
 */
export function readIgnition(text: string): readonly UserDataFile[] {
  const parsed = document.safeParse(JSON.parse(text))
  if (!parsed.success) throw new Error(z.prettifyError(parsed.error))
  const { ignition, passwd, storage, systemd } = parsed.data
  if (ignition.config !== undefined) {
    return readIgnition(contentOf(ignition.config.replace).toString('utf8'))
  }
  const files = (storage?.files ?? []).map(({ path: name, mode, contents }) =>
    fileOf(name, contents === undefined ? Buffer.alloc(0) : contentOf(contents), mode),
  )
  const units = (systemd?.units ?? []).flatMap(({ name, contents }) =>
    contents === undefined ? [] : [fileOf(`/etc/systemd/system/${name}`, Buffer.from(contents))],
  )
  const keys = (passwd?.users ?? []).flatMap(({ name, sshAuthorizedKeys: lines = [] }) =>
    lines.length === 0
      ? []
      : [fileOf(`/home/${name}/.ssh/authorized_keys`, Buffer.from(`${lines.join('\n')}\n`), 0o600)],
  )
  const accounts = (passwd?.users ?? []).map(
    ({ name }) => `${name}:x:500:500::/home/${name}:/bin/sh\n`,
  )
  const list = accounts.length === 0 ? [] : [fileOf('/etc/passwd', Buffer.from(accounts.join('')))]
  return requireUnique([...files, ...units, ...keys, ...list])
}

function requireUnique(files: readonly UserDataFile[]): readonly UserDataFile[] {
  const seen = new Set<string>()
  for (const { path: name } of files) {
    if (seen.has(name)) throw new Error(`${name} is defined twice`)
    seen.add(name)
  }
  return files
}

function fileOf(name: string, content: Buffer, mode = 0o644): UserDataFile {
  return { path: name, content, mode, append: false }
}

/** RFC 2397, as far as it says how the data is written. */
function contentOf({ source, compression }: z.infer<typeof resource>): Buffer {
  const comma = source.indexOf(',')
  if (comma < 0) throw new Error('a data URL has no comma before its data')
  const data = source.slice(comma + 1)
  const content = source.slice(0, comma).endsWith(';base64')
    ? Buffer.from(data, 'base64')
    : Buffer.from(decodeURIComponent(data))
  return compression === 'gzip' ? gunzipSync(content, { maxOutputLength: largest }) : content
}
