import { pathToFileURL } from 'node:url'
import type { Provider } from '@kontena/core'
import * as core from '@kontena/core'
import * as zod from 'zod'
import { checkProvider } from './check-provider.ts'
import { inspectPlugin } from './inspect-plugin.ts'
import { lendModules } from './lend-modules.ts'

/**
 * Runs a plug-in's code for the provider that it exports. Throws an `Error` whose message says in one
 * clause what is wrong with it.
 */
export async function loadPlugin(folder: string, word: string): Promise<Provider> {
  const { root, file, manifest } = await inspectPlugin(folder)
  if (manifest.provider !== word) {
    throw new Error(`it calls itself ${manifest.provider} by now; install it again`)
  }
  lendModules(root, { '@kontena/core': core, zod, 'zod/v4': zod })
  const exported = await importFrom(file)
  return checkProvider('provider' in exported ? exported.provider : undefined, manifest)
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
