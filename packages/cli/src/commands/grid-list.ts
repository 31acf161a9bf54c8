import type { Context } from '../context.ts'
import { openMasterSession } from '../master/master-session.ts'
import { printTable } from '../output/print-table.ts'
import { useGrid } from './grid-use.ts'

export interface GridListFlags {
  quiet?: boolean
  /** Select the first one. */
  use?: boolean
}

/** Grids by their number of users; the selected one has a star. */
export async function listGrids(options: GridListFlags, context: Context): Promise<void> {
  const session = await openMasterSession(context)
  const grids = await session.client.grids(context.signal)
  const sorted = grids.toSorted(
    (a, b) => b.user_count - a.user_count || a.name.localeCompare(b.name),
  )
  const [first] = sorted
  if (options.use && first !== undefined) return useGrid({ name: first.name }, context)
  if (context.json) return context.printJson(grids.map(({ token, ...grid }) => grid))

  const rows = sorted.map((grid) => [
    grid.name === session.grid
      ? { text: `${grid.name} *`, paint: markCurrent(context) }
      : grid.name,
    String(grid.node_count),
    String(grid.service_count),
    String(grid.user_count),
  ])
  printTable(
    context,
    { headings: ['NAME', 'NODES', 'SERVICES', 'USERS'], rows },
    options.quiet ? { names: sorted.map((grid) => grid.name) } : undefined,
  )
  if (grids.length === 0 && !options.quiet) {
    context.warn(
      'There are no grids that this user sees',
      'make one: kontena grid create NAME; or be let into one: kontena grid user add EMAIL',
    )
  }
}

function markCurrent({ style }: Context): (text: string) => string {
  return (text) => text.replace(/\*$/, style.yellow('*'))
}
