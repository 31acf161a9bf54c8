import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

/**
 * A plug-in as it was when it was installed. Each has a file of its own, written whole or not at all,
 * so that installs at the same time do not meet. This much is read at every start, and no code.
 */
export interface InstalledPlugin {
  /** The word on the command line, and the file's name. */
  readonly provider: string
  readonly title: string
  readonly package: string
  readonly version: string
  /** The folder that holds its package.json. */
  readonly root: string
  /** Folder of ours that goes with it; absent where the plug-in is linked and stays somebody's own. */
  readonly store?: string
}

export function pluginsFolder(home: string): string {
  return join(home, 'plugins')
}

export function pluginFile(home: string, provider: string): string {
  return join(pluginsFolder(home), `${provider}.json`)
}

/** What is installed, by word. A file that cannot be read is no plug-in. */
export function installedPlugins(home: string): InstalledPlugin[] {
  return namesIn(pluginsFolder(home))
    .filter((name) => name.endsWith('.json'))
    .sort()
    .flatMap((name) => {
      const record = readRecord(join(pluginsFolder(home), name))
      // The word is also the path of what an uninstall removes.
      return record !== undefined && name === `${record.provider}.json` ? [record] : []
    })
}

function namesIn(folder: string): string[] {
  try {
    return readdirSync(folder)
  } catch {
    return []
  }
}

/** Checked by hand: a schema library at every start would cost more than all else. */
function readRecord(file: string): InstalledPlugin | undefined {
  try {
    const record: unknown = JSON.parse(readFileSync(file, 'utf8'))
    return isRecord(record) ? record : undefined
  } catch {
    return undefined
  }
}

function isRecord(value: unknown): value is InstalledPlugin {
  if (typeof value !== 'object' || value === null) return false
  const fields: Readonly<Record<string, unknown>> = { ...value }
  const texts = ['provider', 'title', 'package', 'version', 'root']
  return (
    texts.every((field) => typeof fields[field] === 'string') &&
    (fields.store === undefined || typeof fields.store === 'string')
  )
}
