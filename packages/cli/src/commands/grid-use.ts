import type { Context } from '../context.ts'
import { selectGrid } from '../master/config-changes.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openMasterSession } from '../master/master-session.ts'
import { printable } from '../output/printable.ts'

/** Selects the grid that later commands work on, after asking the master whether it exists. */
export async function useGrid(
  options: { name: string; silent?: boolean },
  context: Context,
): Promise<void> {
  const session = await openMasterSession(context)
  const grid = await findGrid(session, options.name, context.signal)
  await selectGrid(context, session, grid.name)
  if (context.json) return context.printJson({ grid: grid.name })
  if (!options.silent) context.say(`Using grid: ${context.style.cyan(printable(grid.name))}`)
}
