import type { Provider } from '@kontena/core'
import { loadPlugin } from './load-plugin.ts'
import { brokenPlugin } from './plugin-error.ts'

/** The provider of an installed plug-in. Rejects with `PluginError` where it cannot be used. */
export async function usePlugin(word: string, root: string): Promise<Provider> {
  try {
    return await loadPlugin(root, word)
  } catch (error) {
    throw brokenPlugin(word, error instanceof Error ? error.message : String(error), error)
  }
}
