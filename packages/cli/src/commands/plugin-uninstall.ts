import { rm } from 'node:fs/promises'
import { ProvisionError } from '@kontena/core'
import type { Context } from '../context.ts'
import { installedPlugins, pluginFile } from '../installed-plugins.ts'
import { removeStore } from '../plugins/npm-install.ts'

/** Takes plug-ins away, by their word or their package; broken ones too, as nothing of them is run. */
export async function uninstallPlugins(
  { names }: { names: readonly string[] },
  context: Context,
): Promise<void> {
  const installed = installedPlugins(context.home)
  const plugins = [...new Set(names)].map((name) => {
    const plugin = installed.find((one) => one.provider === name || one.package === name)
    if (plugin !== undefined) return plugin
    throw new ProvisionError('NOT_FOUND', `Plugin ${name} has not been installed`, {
      hint: 'kontena plugin list',
    })
  })
  for (const { provider, store } of plugins) {
    await rm(pluginFile(context.home, provider), { force: true })
    if (store !== undefined) await removeStore(context.home, store)
    if (!context.json) context.say(`Uninstalled plugin ${provider}`)
  }
  if (context.json) context.printJson({ removed: plugins.map(({ provider }) => provider) })
}
