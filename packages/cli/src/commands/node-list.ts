import type { Grid, Node } from '@kontena/protocol'
import type { Context } from '../context.ts'
import { findGrid } from '../master/find-on-master.ts'
import { type MasterSession, openMasterSession, requireGrid } from '../master/master-session.ts'
import { type GridHealth, gridHealth, nodeIcon } from '../output/health.ts'
import { nodeState } from '../output/node-state.ts'
import { printTable } from '../output/print-table.ts'
import type { Cell } from '../output/table.ts'

export interface NodeListOptions {
  all?: boolean
  quiet?: boolean
  grid?: string
}

interface GridNodes {
  readonly grid: Grid
  readonly nodes: readonly Node[]
}

/** Nodes by their numbers, as people look for them. */
export async function listNodes(options: NodeListOptions, context: Context): Promise<void> {
  const session = await openMasterSession(context, options)
  const grids = await readGrids(session, options.all === true, context.signal)
  const nodes = grids.flatMap((entry) => entry.nodes)
  if (context.json) return context.printJson(nodes)

  const nameOf = (node: Node): string => (options.all ? node.id : node.name || (node.node_id ?? ''))
  const rows = grids.flatMap(({ grid, nodes }) => {
    const health = gridHealth(grid, nodes)
    return nodes.map((node) => nodeRow(node, nameOf(node), grid, health, context))
  })
  printTable(
    context,
    { headings: ['NAME', 'VERSION', 'STATUS', 'INITIAL', 'LABELS'], rows },
    options.quiet ? { names: nodes.map(nameOf) } : undefined,
  )
}

async function readGrids(
  session: MasterSession,
  all: boolean,
  signal: AbortSignal,
): Promise<GridNodes[]> {
  const { client } = session
  const grids = all
    ? await client.grids(signal)
    : [await findGrid(session, requireGrid(session), signal)]
  return Promise.all(
    grids.map(async (grid) => {
      const nodes = await client.nodes(grid.name, signal)
      return { grid, nodes: nodes.toSorted((a, b) => a.node_number - b.node_number) }
    }),
  )
}

function nodeRow(
  node: Node,
  name: string,
  grid: Grid,
  health: GridHealth,
  { style }: Context,
): Cell[] {
  const icon = nodeIcon(node, health, style)
  const initial = node.initial_member ? `${node.node_number} / ${grid.initial_size}` : '-'
  return [
    { text: `${icon.symbol} ${name}`, paint: (text) => text.replace(icon.symbol, icon.painted) },
    node.agent_version ?? '-',
    nodeState(node, Date.now(), style),
    initial,
    node.labels.join(','),
  ]
}
