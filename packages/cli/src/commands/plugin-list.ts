import type { Context } from '../context.ts'
import { type InstalledPlugin, installedPlugins } from '../installed-plugins.ts'
import { printTable } from '../output/print-table.ts'
import { inspectPlugin } from '../plugins/inspect-plugin.ts'
import { takenWords } from '../providers.ts'

/** Plug-ins with what can be seen to be wrong with them; their code runs only when it is used. */
export async function listPlugins(options: { quiet?: boolean }, context: Context): Promise<void> {
  const plugins = installedPlugins(context.home)
  const names = plugins.map(({ provider }) => provider)
  if (options.quiet && !context.json) {
    return printTable(context, { headings: [], rows: [] }, { names })
  }
  const states: { plugin: InstalledPlugin; problem: string | undefined }[] = []
  for (const plugin of plugins) states.push({ plugin, problem: await problemOf(plugin) })
  if (context.json) {
    context.printJson(
      states.map(({ plugin, problem }) => ({ ...plugin, problem: problem ?? null })),
    )
    return
  }
  const rows = states.map(({ plugin, problem }) => [
    plugin.provider,
    plugin.version,
    plugin.package,
    plugin.title,
    problem === undefined
      ? { text: 'ok', paint: context.style.green }
      : { text: 'broken', paint: context.style.red },
  ])
  printTable(
    context,
    { headings: ['NAME', 'VERSION', 'PACKAGE', 'DESCRIPTION', 'STATE'], rows },
    undefined,
  )
  for (const { plugin, problem } of states) {
    if (problem === undefined) continue
    context.warn(
      `the plug-in ${plugin.provider} cannot be used: ${problem}`,
      `kontena plugin uninstall ${plugin.provider}`,
    )
  }
}

async function problemOf({ provider, root }: InstalledPlugin): Promise<string | undefined> {
  if (takenWords.has(provider)) return `${provider} is one of this command's own words`
  try {
    const { manifest } = await inspectPlugin(root)
    if (manifest.provider === provider) return undefined
    return `it calls itself ${manifest.provider} by now`
  } catch (error) {
    return error instanceof Error ? error.message : String(error)
  }
}
