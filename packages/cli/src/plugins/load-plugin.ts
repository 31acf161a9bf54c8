import { existsSync } from 'node:fs'
import { realpath } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import type { Provider } from '@kontena/core'
import * as core from '@kontena/core'
import * as zod from 'zod'
import { checkProvider } from './check-provider.ts'
import { lendModules } from './lend-modules.ts'
import { type PluginManifest, readPluginManifest } from './plugin-manifest.ts'

export interface LoadedPlugin {
  readonly manifest: PluginManifest
  readonly provider: Provider
}

/**
 * Reads a plug-in's manifest and runs its code. Throws an `Error` whose message says in one clause what
 * is wrong with it.
 */
export async function loadPlugin(folder: string): Promise<LoadedPlugin> {
  const root = await realpath(folder).catch((error: unknown) => {
    throw new Error(`its folder ${folder} is gone`, { cause: error })
  })
  const manifest = await readPluginManifest(root)
  const file = join(root, manifest.entry)
  if (!existsSync(file)) throw new Error(`${file} is missing`)
  lendModules(root, { '@kontena/core': core, zod, 'zod/v4': zod })
  const exported = await importFrom(file)
  const provider = checkProvider('provider' in exported ? exported.provider : undefined, manifest)
  return { manifest, provider }
}

async function importFrom(file: string): Promise<object> {
  try {
    const loaded: unknown = await import(pathToFileURL(file).href)
    return typeof loaded === 'object' && loaded !== null ? loaded : {}
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    throw new Error(`its code failed as it was loaded: ${reason.split('\n')[0]}`, { cause: error })
  }
}
