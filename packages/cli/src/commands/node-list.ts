import type { Context } from '../context.ts'
import { readAllGridNodes, readGridNodes } from '../master/grid-nodes.ts'
import { openMasterSession, requireGrid } from '../master/master-session.ts'
import { nodeTable, shownName } from '../output/node-table.ts'
import { printTable } from '../output/print-table.ts'
import { type NodeFilterFlags, parseNodeFilter } from './node-filter.ts'

export interface NodeListOptions extends NodeFilterFlags {
  all?: boolean
  quiet?: boolean
  grid?: string
  watch?: boolean
}

/** Nodes by their numbers, as people look for them. */
export async function listNodes(options: NodeListOptions, context: Context): Promise<void> {
  const shows = parseNodeFilter(options)
  const session = await openMasterSession(context, options)
  const all = options.all === true
  const grids = all
    ? await readAllGridNodes(session, context.signal)
    : [await readGridNodes(session, requireGrid(session), context.signal)]
  const nodes = grids.flatMap((entry) => entry.nodes).filter(shows)
  if (context.json) return context.printJson(nodes)

  const table = nodeTable(grids, { all, shows, now: Date.now(), style: context.style })
  const quiet = options.quiet ? { names: nodes.map((node) => shownName(node, { all })) } : undefined
  printTable(context, table, quiet)
}
