import { ProvisionError } from '@kontena/core'
import type { Grid } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { changeEntry } from '../master/config-changes.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openMasterSession } from '../master/master-session.ts'
import { spin } from '../output/spinner.ts'

export interface GridRmOptions {
  names: readonly string[]
  force?: boolean
}

/** Removes grids that have no nodes. A selected grid that goes is selected no more. */
export async function removeGrids(options: GridRmOptions, context: Context): Promise<void> {
  const session = await openMasterSession(context)
  const removed: string[] = []
  for (const name of new Set(options.names)) {
    refuseWithNodes(await findGrid(session, name, context.signal))
    await context.confirm(name, { force: options.force === true })
    await spin(context, `Removing ${name} grid`, () =>
      session.client.removeGrid(name, context.signal),
    )
    if (name === session.grid) await changeEntry(context, session, { grid: null })
    removed.push(name)
  }
  if (context.json) context.printJson({ removed })
}

/** The master refuses that too; nobody should type a name for nothing. */
function refuseWithNodes({ name, node_count: nodes }: Grid): void {
  if (nodes === 0) return
  throw new ProvisionError('BAD_OPTIONS', `Grid has nodes: ${nodes} in ${name}`, {
    hint: `see them with: kontena node list --grid ${name}`,
  })
}
