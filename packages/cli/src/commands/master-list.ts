import type { Context } from '../context.ts'
import { readConfig } from '../master/config.ts'
import { currentName } from '../master/master-session.ts'
import { printTable } from '../output/print-table.ts'

/** Masters that this computer knows; the current one has a star. */
export async function listMasters(options: { quiet?: boolean }, context: Context): Promise<void> {
  const config = await readConfig(context.configFile)
  const current = currentName(config, context)
  const masters = config.servers.map(({ name, url }) => ({ name, url, current: name === current }))
  if (context.json) return context.printJson(masters)
  const rows = masters.map(({ name, url, current }) => [
    current
      ? { text: `* ${name}`, paint: (text: string) => text.replace('*', context.style.yellow('*')) }
      : `  ${name}`,
    url,
  ])
  printTable(
    context,
    { headings: ['NAME', 'URL'], rows },
    options.quiet ? { names: masters.map(({ name }) => name) } : undefined,
  )
  if (masters.length === 0 && !options.quiet) {
    context.warn('No master is known here', 'kontena master login URL --code CODE')
  }
}
