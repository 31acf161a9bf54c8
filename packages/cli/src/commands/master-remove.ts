import type { Context } from '../context.ts'
import { readConfig, updateConfig } from '../master/config.ts'
import { findServer } from '../master/known-masters.ts'

/** Forgets masters, with the login to them. The masters themselves are not asked, and live on. */
export async function removeMasters(
  options: { names: readonly string[]; force?: boolean },
  context: Context,
): Promise<void> {
  const names = [...new Set(options.names)]
  const config = await readConfig(context.configFile)
  for (const name of names) findServer(config, name)
  for (const name of names) await context.confirm(name, { force: options.force === true })
  const left = await updateConfig(context.configFile, ({ servers, current_server, ...rest }) => ({
    ...rest,
    current_server: names.includes(current_server ?? '') ? null : (current_server ?? null),
    servers: servers.filter(({ name }) => !names.includes(name)),
  }))
  if (context.json) return context.printJson({ removed: names })
  if (left.current_server === null && left.servers.length > 0) {
    context.warn('No master is selected now', 'kontena master use NAME; see: kontena master list')
  }
}
