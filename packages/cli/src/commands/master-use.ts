import { ProvisionError } from '@kontena/core'
import type { Context } from '../context.ts'
import { readConfig, updateConfig } from '../master/config.ts'
import { findServer } from '../master/known-masters.ts'
import { given } from '../options/given.ts'
import { printable } from '../output/printable.ts'

/** Makes one of the known masters the current one. Asks none of them. */
export async function useMaster(
  options: { name: string | undefined; clear?: boolean },
  context: Context,
): Promise<void> {
  if (options.clear) {
    if (options.name !== undefined) {
      throw new ProvisionError('BAD_OPTIONS', 'NAME and --clear exclude each other')
    }
    await updateConfig(context.configFile, (config) => ({ ...config, current_server: null }))
    if (context.json) context.printJson({ name: null })
    return
  }
  const name = options.name ?? (await choose(context))
  const { url, grid } = findServer(await readConfig(context.configFile), name)
  await updateConfig(context.configFile, (config) => ({ ...config, current_server: name }))
  if (context.json) return context.printJson({ name, url, grid: given(grid) ?? null })
  const { cyan } = context.style
  context.say(`Using master: ${cyan(printable(name))} (${url})`)
  context.say(`Using grid: ${cyan(printable(given(grid) ?? '<none>'))}`)
  if (context.env.KONTENA_URL !== undefined || context.env.KONTENA_MASTER !== undefined) {
    context.warn('KONTENA_URL or KONTENA_MASTER is set here, and goes before this choice')
  }
}

async function choose(context: Context): Promise<string> {
  const { servers } = await readConfig(context.configFile)
  if (context.isTTY && servers.length > 0) {
    const choices = servers.map(({ name, url }) => ({ value: name, label: name, hint: url }))
    return context.prompts.select({ message: 'Which master?', choices })
  }
  throw new ProvisionError('BAD_OPTIONS', 'NAME is missing', { hint: 'kontena master list' })
}
