import { ProvisionError } from '@kontena/core'
import { z } from 'zod'

export const settingsFormats = ['json', 'yaml'] as const
export type SettingsFormat = (typeof settingsFormats)[number]

export type Settings = Readonly<Record<string, string | null>>

const settings = z.record(
  z.string(),
  z.union([z.string(), z.number().transform(String), z.boolean().transform(String), z.null()]),
)

/** `json` or `yaml`, as it was asked for, or else as the file's name says; JSON by default. */
export function settingsFormat(
  asked: string | undefined,
  path: string | undefined,
): SettingsFormat {
  if (asked === undefined) return /\.ya?ml$/i.test(path ?? '') ? 'yaml' : 'json'
  const format = settingsFormats.find((known) => known === asked)
  if (format !== undefined) return format
  throw new ProvisionError('BAD_OPTIONS', `there is no format ${asked}`, {
    hint: `formats: ${settingsFormats.join(', ')}`,
  })
}

export async function writeSettings(all: Settings, format: SettingsFormat): Promise<string> {
  if (format === 'json') return `${JSON.stringify(all, undefined, 2)}\n`
  const { stringify } = await import('yaml')
  return stringify(all)
}

/** Settings of a file. Throws `BAD_OPTIONS`, which quotes nothing of what may be secret. */
export async function readSettings(
  text: string,
  { format, source }: { format: SettingsFormat; source: string },
): Promise<Settings> {
  const wrong = (reason: string, cause?: unknown) =>
    new ProvisionError('BAD_OPTIONS', `${source} ${reason}`, {
      cause,
      hint: 'it must hold keys with texts, as `kontena master config export` writes them',
    })
  const parsed = settings.safeParse(await parse(text, format, wrong))
  if (parsed.success) return parsed.data
  const [key] = parsed.error.issues[0]?.path ?? []
  throw wrong(key === undefined ? 'holds no settings' : `has no text at ${String(key)}`)
}

async function parse(
  text: string,
  format: SettingsFormat,
  wrong: (reason: string) => ProvisionError,
): Promise<unknown> {
  try {
    if (format === 'json') {
      const json: unknown = JSON.parse(text)
      return json
    }
    const { parse: parseYaml } = await import('yaml')
    const yaml: unknown = parseYaml(text)
    return yaml
  } catch {
    // The parser's own message quotes the file, secrets and all.
    throw wrong(`is not ${format.toUpperCase()}`)
  }
}
