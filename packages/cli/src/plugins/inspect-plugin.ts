import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { type PluginManifest, readPluginManifest } from './plugin-manifest.ts'

export interface InspectedPlugin {
  /** Its folder, free of links. */
  readonly root: string
  /** The code that would run. */
  readonly file: string
  readonly manifest: PluginManifest
}

/**
 * Reads what a plug-in says of itself and runs nothing of it. Throws an `Error` whose message says in
 * one clause what is wrong with it.
 */
export async function inspectPlugin(folder: string): Promise<InspectedPlugin> {
  const root = await realpath(folder).catch((error: unknown) => {
    throw new Error(`its folder ${folder} is gone`, { cause: error })
  })
  const manifest = await readPluginManifest(root)
  const file = join(root, manifest.entry)
  if (!existsSync(file)) throw new Error(`${file} is missing`)
  return { root, file, manifest }
}
