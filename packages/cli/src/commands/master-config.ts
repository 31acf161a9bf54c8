import { resolve } from 'node:path'
import { ProvisionError } from '@kontena/core'
import { MasterError } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { openMasterSession } from '../master/master-session.ts'
import {
  readSettings,
  type Settings,
  settingsFormat,
  writeSettings,
} from '../master/settings-text.ts'
import { readTextFile } from '../options/read-text-file.ts'
import { spin } from '../output/spinner.ts'
import { replaceFile } from '../replace-file.ts'

/** Prints one setting of the master. */
export async function getSetting(
  options: { key: string; pair?: boolean },
  context: Context,
): Promise<void> {
  const { key } = options
  const { client } = await openMasterSession(context)
  const value = await client.configurationValue(key, context.signal).catch((error: unknown) => {
    if (!(error instanceof MasterError) || error.kind !== 'not-found') throw error
    throw new ProvisionError('NOT_FOUND', `the master has no setting ${key}`, {
      cause: error,
      hint: 'kontena master config export',
    })
  })
  if (context.json) return context.printJson({ [key]: value })
  context.print(options.pair ? `${key}=${value}` : `${value}`)
}

/** Sets what is written `KEY=VALUE`: all of it or nothing. */
export async function setSettings(pairs: readonly string[], context: Context): Promise<void> {
  const settings = Object.fromEntries(pairs.map(parsePair))
  await configure(settings, { replaceAll: false }, context)
}

export async function unsetSettings(keys: readonly string[], context: Context): Promise<void> {
  const settings = Object.fromEntries(keys.map((key) => [key, null]))
  await configure(settings, { replaceAll: false }, context)
}

export interface ConfigExportFlags {
  format?: string
  filter?: string
}

/** Writes the settings to a file for its owner alone, or to stdout: secrets are among them. */
export async function exportSettings(
  options: ConfigExportFlags & { path: string | undefined },
  context: Context,
): Promise<void> {
  const format = settingsFormat(options.format, options.path)
  const { client } = await openMasterSession(context)
  const settings = await client.configuration(options.filter, context.signal)
  if (options.path === undefined) {
    if (context.json) return context.printJson(settings)
    return context.print((await writeSettings(settings, format)).trimEnd())
  }
  const path = resolve(context.cwd, options.path)
  await write(path, await writeSettings(settings, format))
  if (context.json) context.printJson({ path })
  else context.say(`Exported ${Object.keys(settings).length} settings to ${path}`)
}

export interface ConfigImportFlags {
  format?: string
  full?: boolean
  force?: boolean
}

/** Takes settings from a file, or from stdin. With `full`, those that it does not have are unset. */
export async function importSettings(
  options: ConfigImportFlags & { path: string | undefined },
  context: Context,
): Promise<void> {
  const { path, full = false } = options
  const format = settingsFormat(options.format, path)
  const source = path ?? 'stdin'
  const text =
    path === undefined ? await context.stdin.all() : await readTextFile(path, 'PATH', context.cwd)
  const settings = await readSettings(text, { format, source })
  if (full) {
    const question = `All settings of the master that ${source} does not have are unset. Are you sure?`
    await context.agree(question, { force: options.force === true })
  }
  await configure(settings, { replaceAll: full }, context)
}

async function configure(
  settings: Settings,
  mode: { replaceAll: boolean },
  context: Context,
): Promise<void> {
  const { client } = await openMasterSession(context)
  const keys = Object.keys(settings)
  await spin(context, 'Configuring the master', () =>
    client.configure({ ...settings }, mode, context.signal),
  )
  if (context.json) context.printJson({ configured: keys })
}

function parsePair(pair: string): [string, string] {
  const at = pair.indexOf('=')
  if (at > 0) return [pair.slice(0, at), pair.slice(at + 1)]
  // What stands there may be a secret whose key was forgotten.
  throw new ProvisionError('BAD_OPTIONS', 'a setting is not written KEY=VALUE', {
    hint: 'as in: kontena master config set server.name=production',
  })
}

async function write(path: string, text: string): Promise<void> {
  try {
    await replaceFile(path, text)
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown reason'
    throw new ProvisionError('LOCAL_FILE', `${path} cannot be written: ${code}`, {
      cause: error,
      hint: 'choose another path, or leave it out to print the settings',
    })
  }
}
