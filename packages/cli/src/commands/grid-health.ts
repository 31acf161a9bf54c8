import type { Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findGrid } from '../master/find-on-master.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { reportGrid } from '../output/grid-health.ts'
import { healthMark, offlineMark } from '../output/marks.ts'
import { printable } from '../output/printable.ts'
import { SaidNo } from '../said-no.ts'

/** Tells how a grid is. Ends with 1 where it has too few nodes to work. */
export async function showGridHealth(
  options: { name: string | undefined },
  context: Context,
): Promise<void> {
  const session = await openMasterSession(context, { grid: options.name })
  const name = requireGrid(session)
  const grid = await findGrid(session, name, context.signal)
  const report = reportGrid(grid, await session.client.nodes(name, context.signal))
  if (context.json) {
    const { quorum, initialNodes, online, offline, ...told } = report
    const counts = { initial_size: grid.initial_size, initial_nodes: initialNodes, online, quorum }
    context.printJson({ ...told, ...counts, offline: offline.map((node) => node.name) })
  } else {
    const isAlone = report.health === 'ok' && grid.initial_size <= 2
    const mark = healthMark(isAlone ? 'warning' : report.health, context.style)
    context.print(`${mark} ${report.message}`)
    for (const node of report.offline) {
      context.print(
        `${offlineMark(context.style)} ${kindOf(node)} ${printable(node.name)} is offline`,
      )
    }
  }
  if (report.health === 'error') throw new SaidNo()
}

function kindOf(node: Node): string {
  return node.initial_member ? 'Initial node' : 'Grid node'
}
