import { gunzipSync } from 'node:zlib'
import { z } from 'zod'

// As much of the "Configuration Specification v3.3.0" as our documents use; all else is an error.
const version = z.literal('3.3.0')
const absolutePath = z.string().regex(/^(?:\/[\w.@-]+)+$/)
const dataUrl = z.string().regex(/^data:,(?:[\w;,/?:@&=+$!.~*'()-]|%[0-9A-F]{2})*$/)
const file = z.strictObject({
  path: absolutePath,
  mode: z.number().int().min(0).max(0o777),
  overwrite: z.literal(true),
  contents: z.strictObject({ source: dataUrl }),
})
const unit = z.strictObject({
  name: z.string().regex(/^[\w@-]+\.(?:service|path)$/),
  enabled: z.boolean(),
  // Without such a section Ignition enables nothing.
  contents: z.string().includes('\n[Install]\n'),
})
const config = z.strictObject({
  ignition: z.strictObject({ version }),
  passwd: z.strictObject({
    users: z.array(
      z.strictObject({ name: z.string(), sshAuthorizedKeys: z.array(z.string()).refine(unique) }),
    ),
  }),
  storage: z.strictObject({
    files: z.array(file).refine((files) => unique(files.map(({ path }) => path))),
  }),
  systemd: z.strictObject({ units: z.array(unit) }),
})
const packed = z.strictObject({
  ignition: z.strictObject({
    version,
    config: z.strictObject({
      replace: z.strictObject({
        compression: z.literal('gzip'),
        source: z.string().regex(/^data:;base64,[A-Za-z0-9+/]+={0,2}$/),
      }),
    }),
  }),
})

/** Takes a document apart as Ignition does: the config inside replaces the one that carries it. */
export function readIgnition(document: Uint8Array | string) {
  const text = Buffer.from(document).toString('utf8')
  const { source } = packed.parse(JSON.parse(text)).ignition.config.replace
  const inner = gunzipSync(Buffer.from(source.slice(source.indexOf(',')), 'base64')).toString(
    'utf8',
  )
  const { passwd, storage, systemd } = config.parse(JSON.parse(inner))
  const files = new Map(
    storage.files.map(({ path, mode, contents }) => [
      path,
      { mode, content: decodeURIComponent(contents.source.slice('data:,'.length)) },
    ]),
  )
  return { inner, files, users: passwd.users, units: systemd.units }
}

function unique(values: readonly string[]): boolean {
  return new Set(values).size === values.length
}
