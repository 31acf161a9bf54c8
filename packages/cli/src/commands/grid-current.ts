import type { Context } from '../context.ts'
import { requireGrid, resolveMaster } from '../master/master-session.ts'
import { showGrid } from './grid-show.ts'

/** Shows the selected grid, or prints its name, for which no master is asked. */
export async function showCurrentGrid(
  options: { name?: boolean },
  context: Context,
): Promise<void> {
  const grid = requireGrid(await resolveMaster(context))
  if (!options.name) return showGrid({ name: grid }, context)
  if (context.json) context.printJson({ name: grid })
  else context.print(grid)
}
