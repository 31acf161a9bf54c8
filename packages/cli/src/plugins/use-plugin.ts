import type { Provider } from '@kontena/core'
import { loadPlugin } from './load-plugin.ts'
import { brokenPlugin } from './plugin-error.ts'

/** The provider of an installed plug-in. Rejects with `PluginError` where it cannot be used. */
export async function usePlugin(word: string, root: string): Promise<Provider> {
  try {
    const { manifest, provider } = await loadPlugin(root)
    if (manifest.provider === word) return provider
    throw new Error(`it calls itself ${manifest.provider} by now; install it again`)
  } catch (error) {
    throw brokenPlugin(word, error instanceof Error ? error.message : String(error), error)
  }
}
