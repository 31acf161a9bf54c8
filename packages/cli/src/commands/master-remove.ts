import { ProvisionError } from '@kontena/core'
import type { Context } from '../context.ts'
import { type Config, readConfig, updateConfig } from '../master/config.ts'
import { findServer } from '../master/known-masters.ts'

/** Forgets masters, with the login to them. The masters themselves are not asked, and live on. */
export async function removeMasters(
  options: { names: readonly string[]; force?: boolean },
  context: Context,
): Promise<void> {
  const config = await readConfig(context.configFile)
  const names =
    options.names.length > 0 ? [...new Set(options.names)] : await choose(config, context)
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

async function choose({ servers }: Config, context: Context): Promise<string[]> {
  if (context.isTTY && servers.length > 0) {
    const choices = servers.map(({ name, url }) => ({ value: name, label: name, hint: url }))
    return context.prompts.selectMany({ message: 'Which masters are to be forgotten?', choices })
  }
  throw new ProvisionError('BAD_OPTIONS', 'NAME is missing', { hint: 'kontena master list' })
}
