import { ProvisionError } from '@kontena/core'
import { type Grid, MasterError, type Node } from '@kontena/protocol'
import type { MasterSession } from './master-session.ts'

/** A grid of the master. Rejects with `NOT_FOUND` naming those there are. */
export async function findGrid(
  session: MasterSession,
  name: string,
  signal: AbortSignal,
): Promise<Grid> {
  try {
    return await session.client.grid(name, signal)
  } catch (error) {
    if (!isMissing(error)) throw error
    const grids = await session.client.grids(signal)
    throw new ProvisionError('NOT_FOUND', `master ${session.name} has no grid ${name}`, {
      cause: error,
      hint: `its grids: ${grids.map((grid) => grid.name).join(', ') || 'none yet'}`,
    })
  }
}

/** A node of a grid. Rejects with `NOT_FOUND`, also where it is the grid that is missing. */
export async function findNode(
  session: MasterSession,
  grid: string,
  name: string,
  signal: AbortSignal,
): Promise<Node> {
  try {
    return await session.client.node(grid, name, signal)
  } catch (error) {
    if (!isMissing(error)) throw error
    await findGrid(session, grid, signal)
    throw new ProvisionError('NOT_FOUND', `grid ${grid} has no node ${name}`, {
      cause: error,
      hint: `kontena node list --grid ${grid}`,
    })
  }
}

/** What a request about a user answers. Rejects with `NOT_FOUND` where the master knows no such user. */
export async function ofUser<T>(email: string, ask: () => Promise<T>): Promise<T> {
  try {
    return await ask()
  } catch (error) {
    if (!isMissing(error)) throw error
    throw new ProvisionError('NOT_FOUND', `the master has no user ${email}`, {
      cause: error,
      hint: `those there are: kontena master user list; another one: kontena master user invite ${email}`,
    })
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof MasterError && error.kind === 'not-found'
}
