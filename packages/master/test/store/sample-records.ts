import type { NewGrid } from '../../src/store/grid-store.ts'
import type { NodeRecord } from '../../src/store/records.ts'
import type { Store } from '../../src/store/store.ts'

export const now = new Date('2026-03-01T12:00:00.000Z')
export const actor = { address: '203.0.113.9', user: { id: 'u1', email: 'admin' } }

export function newGrid(name: string): NewGrid {
  return {
    name,
    token: `token-of-${name}`,
    tokenHash: `hash-of-${name}`,
    initialSize: 3,
    subnet: '10.81.0.0/16',
    supernet: '10.80.0.0/12',
    defaultAffinity: [],
    trustedSubnets: ['192.168.0.0/24'],
  }
}

/** Makes a node and returns its record. */
export async function addNode(
  store: Store,
  name: string,
  more: { nodeId?: string; tokenHash?: string; labels?: string[] } = {},
): Promise<NodeRecord> {
  const { nodeId, tokenHash, labels = [] } = more
  const token = tokenHash === undefined ? {} : { token: { hash: tokenHash } }
  const made = await store.createNode('prod', { name, labels, nodeId, ...token }, actor, now)
  if (made.outcome !== 'created') throw new Error(`${name}: ${made.outcome}`)
  return made.node
}
