import { randomBytes } from 'node:crypto'
import type { MasterClient } from '@kontena/protocol'
import type { AgentIdentity } from '../agents/identity.ts'

/** Requests that are under way at a time. */
const together = 32

/** Makes this many grids with room for all. Answers their names and tokens. */
export async function makeGrids(
  client: MasterClient,
  count: number,
): Promise<{ name: string; token: string }[]> {
  return inTurn(count, (index) =>
    client.createGrid({ name: `grid-${index + 1}`, subnet: '10.82.0.0/16' }),
  )
}

/**
 * Identities of agents, spread evenly over the grids. Half of them have node tokens, and their nodes
 * are made here; the others bring their grid's token and become nodes when they connect. Places tell
 * them from those of another call.
 */
export async function makeAgents(
  client: MasterClient,
  grids: readonly { name: string; token: string }[],
  { from = 0, to }: { from?: number; to: number },
): Promise<AgentIdentity[]> {
  return inTurn(to - from, async (index) => {
    const place = from + index
    const grid = grids[place % grids.length]
    if (grid === undefined) throw new Error('there is no grid')
    const name = nodeName(place)
    const nodeId = `BENCH:${String(place).padStart(6, '0')}`
    const isMade = Math.floor(place / grids.length) % 2 === 0
    const secret = isMade ? randomBytes(32).toString('hex') : grid.token
    if (isMade) await client.createNode(grid.name, { name, token: secret })
    return { nodeId, name, place, token: { kind: isMade ? 'node' : 'grid', secret } } as const
  })
}

export function nodeName(place: number): string {
  return `node-${place + 1}`
}

async function inTurn<T>(count: number, make: (index: number) => Promise<T>): Promise<T[]> {
  const made: T[] = []
  let next = 0
  const work = async (): Promise<void> => {
    while (next < count) {
      const index = next++
      made[index] = await make(index)
    }
  }
  await Promise.all(Array.from({ length: together }, work))
  return made
}
