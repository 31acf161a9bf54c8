import { mkdir, realpath } from 'node:fs/promises'
import type { Context } from '../context.ts'
import {
  type InstalledPlugin,
  installedPlugins,
  pluginFile,
  pluginsFolder,
} from '../installed-plugins.ts'
import { printable } from '../output/printable.ts'
import { spin } from '../output/spinner.ts'
import { inspectPlugin } from '../plugins/inspect-plugin.ts'
import { npmInstall, removeStore, sweepStores } from '../plugins/npm-install.ts'
import { PluginError } from '../plugins/plugin-error.ts'
import type { PluginManifest } from '../plugins/plugin-manifest.ts'
import { type PluginSource, parsePluginSource } from '../plugins/plugin-source.ts'
import { takenWords } from '../providers.ts'
import { replaceFile } from '../replace-file.ts'

/**
 * Installs a plug-in, or another version of one. Its record is written last and at once: until then
 * there is none, and what is killed before leaves a folder that nobody looks into.
 */
export async function installPlugin(options: { source: string }, context: Context): Promise<void> {
  const source = parsePluginSource(options.source, context.cwd)
  const { home } = context
  await mkdir(pluginsFolder(home), { recursive: true, mode: 0o700 })
  const plugin = await spin(context, `Installing plug-in ${options.source}`, async () => {
    const place = await fetchPlugin(source, context)
    try {
      return await record(place, options.source, home)
    } catch (error) {
      if (place.store !== undefined) await removeStore(home, place.store)
      throw error
    }
  })
  const used = installedPlugins(home).flatMap(({ store }) => store ?? [])
  await sweepStores(home, new Set(used))
  if (context.json) context.printJson(plugin)
  else {
    context.say(`Installed plugin ${plugin.provider} version ${printable(plugin.version)}`)
    context.say(`See: kontena ${plugin.provider} node create --help`)
  }
}

interface Place {
  readonly root: string
  readonly store?: string
}

async function fetchPlugin(source: PluginSource, context: Context): Promise<Place> {
  if (source.kind === 'npm') return npmInstall(source.spec, context)
  // A folder that is missing is told by the look that follows.
  return { root: await realpath(source.folder).catch(() => source.folder) }
}

async function record(place: Place, source: string, home: string): Promise<InstalledPlugin> {
  const manifest = await inspect(place.root, source)
  const { provider, title, version } = manifest
  if (takenWords.has(provider)) {
    throw refused(source, `its word, ${provider}, is one of this command's own`)
  }
  const before = installedPlugins(home).find((plugin) => plugin.provider === provider)
  if (before !== undefined && before.package !== manifest.package) {
    throw new PluginError(
      `${source} was not installed: ${before.package} has the word ${provider} already`,
      { hint: `kontena plugin uninstall ${provider}` },
    )
  }
  const plugin = { provider, title, package: manifest.package, version, ...place }
  await replaceFile(pluginFile(home, provider), `${JSON.stringify(plugin, undefined, 2)}\n`)
  if (before?.store !== undefined) await removeStore(home, before.store)
  return plugin
}

/** What can be seen to be wrong without running it is better refused than installed. */
async function inspect(root: string, source: string): Promise<PluginManifest> {
  try {
    return (await inspectPlugin(root)).manifest
  } catch (error) {
    throw refused(source, error instanceof Error ? error.message : String(error), error)
  }
}

function refused(source: string, reason: string, cause?: unknown): PluginError {
  return new PluginError(`${source} was not installed: ${reason}`, {
    cause,
    hint: 'tell the author of the plug-in, or install another version',
  })
}
