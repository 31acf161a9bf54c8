import { type Grid, MasterError } from '@kontena/protocol'
import type { GridNodes } from '../output/node-table.ts'
import { findGrid } from './find-on-master.ts'
import type { MasterSession } from './master-session.ts'

/** A grid and its nodes by their numbers, asked for at once. Rejects with `NOT_FOUND` for no such grid. */
export async function readGridNodes(
  session: MasterSession,
  name: string,
  signal: AbortSignal,
): Promise<GridNodes> {
  const [grid, nodes] = await Promise.allSettled([
    findGrid(session, name, signal),
    nodesOf(session, name, signal),
  ])
  // Both fail where there is no such grid, and only the first says which there are.
  if (grid.status === 'rejected') throw grid.reason
  if (nodes.status === 'rejected') throw nodes.reason
  return { grid: grid.value, nodes: nodes.value }
}

/** The same of all grids that the user sees. One that is removed meanwhile is left out. */
export async function readAllGridNodes(
  session: MasterSession,
  signal: AbortSignal,
): Promise<GridNodes[]> {
  const grids = await session.client.grids(signal)
  const read = await Promise.all(grids.map((grid) => readIfThere(session, grid, signal)))
  return read.flatMap((entry) => entry ?? [])
}

async function readIfThere(
  session: MasterSession,
  grid: Grid,
  signal: AbortSignal,
): Promise<GridNodes | undefined> {
  try {
    return { grid, nodes: await nodesOf(session, grid.name, signal) }
  } catch (error) {
    if (error instanceof MasterError && error.kind === 'not-found') return undefined
    throw error
  }
}

async function nodesOf({ client }: MasterSession, grid: string, signal: AbortSignal) {
  const nodes = await client.nodes(grid, signal)
  return nodes.toSorted((a, b) => a.node_number - b.node_number)
}
