import type { Grid, Node } from '@kontena/protocol'
import { gridHealth, nodeIcon } from './health.ts'
import { nodeState } from './node-state.ts'
import type { Style } from './style.ts'
import type { Cell, Table } from './table.ts'

/** A grid with all of its nodes, by which the health of each is told. */
export interface GridNodes {
  readonly grid: Grid
  readonly nodes: readonly Node[]
}

export interface NodeTableOptions {
  /** Nodes of several grids stand together, so that each needs its grid's name before its own. */
  readonly all: boolean
  /** Which nodes show. */
  readonly shows: (node: Node) => boolean
  /** Milliseconds since the epoch. */
  readonly now: number
  readonly style: Style
}

/** What `node list` prints: nodes by their numbers, grid by grid. */
export function nodeTable(grids: readonly GridNodes[], options: NodeTableOptions): Table {
  return {
    headings: ['NAME', 'VERSION', 'STATUS', 'INITIAL', 'LABELS'],
    rows: grids.flatMap(({ grid, nodes }) => {
      const health = gridHealth(grid, nodes)
      return nodes.filter(options.shows).map((node): Cell[] => {
        const { symbol, painted } = nodeIcon(node, health, options.style)
        return [
          {
            text: `${symbol} ${shownName(node, options)}`,
            paint: (text) => text.replace(symbol, painted),
          },
          node.agent_version ?? '-',
          nodeState(node, options.now, options.style),
          node.initial_member ? `${node.node_number} / ${grid.initial_size}` : '-',
          node.labels.join(','),
        ]
      })
    }),
  }
}

/** An agent that joined without a name is known by its engine. */
export function shownName(node: Node, { all }: Pick<NodeTableOptions, 'all'>): string {
  return all ? node.id : node.name || (node.node_id ?? '')
}
