import type { Grid, Node } from '@kontena/protocol'
import { type GridHealth, gridHealth } from './health.ts'

export interface GridReport {
  readonly health: GridHealth
  /** Why, in the words of 1.5. */
  readonly message: string
  readonly quorum: number
  /** Initial nodes that there are, of {@link Grid.initial_size} that should be, and those connected. */
  readonly initialNodes: number
  readonly online: number
  readonly offline: readonly Node[]
}

/** How a grid is, by the nodes that hold its state. */
export function reportGrid(grid: Grid, nodes: readonly Node[]): GridReport {
  const initial = nodes.filter((node) => node.initial_member)
  const online = initial.filter((node) => node.connected)
  const quorum = Math.floor(grid.initial_size / 2) + 1
  const counts = { quorum, initialNodes: initial.length, online: online.length }
  return {
    ...counts,
    health: gridHealth(grid, nodes),
    message: explain(counts, grid.initial_size),
    offline: nodes.filter((node) => !node.connected),
  }
}

type Counts = Pick<GridReport, 'quorum' | 'initialNodes' | 'online'>

/** The first that is true. */
function explain({ quorum, initialNodes, online }: Counts, size: number): string {
  const needs = `and requires at least ${quorum} of ${size} initial nodes for operation`
  if (initialNodes === 0) return `Grid does not have any initial nodes, ${needs}`
  if (online === 0) return `Grid does not have any initial nodes online, ${needs}`
  if (initialNodes < quorum) return `Grid only has ${initialNodes} initial nodes, ${needs}`
  if (online < quorum) return `Grid only has ${online} initial nodes online, ${needs}`
  const aim = `of ${size} required for high-availability`
  if (initialNodes < size) return `Grid only has ${initialNodes} initial nodes ${aim}`
  if (online < size) return `Grid only has ${online} initial nodes online ${aim}`
  if (size <= 2) return `Grid only has ${size} initial node(s), and is not high-availability`
  return `Grid has all ${online} of ${size} initial nodes online`
}
