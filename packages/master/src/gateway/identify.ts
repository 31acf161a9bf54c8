import type { CloseReason } from '@kontena/protocol'
import { gridFull } from '../replies/grid-full.ts'
import { hashSecret } from '../secrets/secrets.ts'
import type { Actor, GridRecord, NodeRecord } from '../store/records.ts'
import type { Store } from '../store/store.ts'
import type { Handshake } from './handshake.ts'

export type Identification =
  | { outcome: 'known'; node: NodeRecord }
  | { outcome: 'refused'; reason: CloseReason; text: string }
  /** Nothing is wrong with the agent; there is no room for it. */
  | { outcome: 'full'; text: string }

interface Candidate extends Handshake {
  readonly nodeId: string
  readonly name: string
}

/**
 * Which node an agent is. A grid token makes a node for an engine that is new; a node token ties
 * its node to the engine that uses it first. The rules and codes are those of the 1.5 master.
 */
export async function identify(
  store: Store,
  handshake: Handshake,
  { actor, now }: { actor: Actor; now: Date },
): Promise<Identification> {
  const { nodeId, name, token } = handshake
  if (nodeId === undefined) return refused('missingIdentity', 'Missing Kontena-Node-ID')
  if (name === undefined) return refused('missingIdentity', 'Missing Kontena-Node-Name')
  if (token === undefined) return refused('missingToken', 'Missing token')
  const candidate = { ...handshake, nodeId, name }
  const tokenHash = hashSecret(token.secret)
  if (token.kind === 'node') return byNodeToken(store, candidate, tokenHash, { actor, now })
  const grid = await store.gridByToken(tokenHash)
  if (grid === undefined) return refused('invalidGridToken', 'Invalid grid token')
  return byGridToken(store, candidate, grid, { actor, now })
}

function refused(reason: CloseReason, text: string): Identification {
  return { outcome: 'refused', reason, text }
}

async function byNodeToken(
  store: Store,
  candidate: Candidate,
  tokenHash: string,
  { actor, now }: { actor: Actor; now: Date },
): Promise<Identification> {
  const node = await store.nodeByToken(tokenHash)
  if (node === undefined) return refused('invalidNodeToken', 'Invalid node token')
  const { nodeId, version, labels } = candidate
  if (node.nodeId === nodeId) return { outcome: 'known', node }
  const holder = await store.nodeByNodeId(nodeId)
  const bound =
    holder === undefined
      ? await store.bindNode(node.key, { nodeId, agentVersion: version, labels }, actor, now)
      : 'node-id-taken'
  if (bound === 'node-id-taken') {
    return refused('nodeIdTaken', `Invalid node ID, already used by a different node`)
  }
  if (bound === 'bound-to-other') {
    return refused('tokenOfOtherNode', 'Invalid node token, already used by a different node')
  }
  return { outcome: 'known', node: bound }
}

async function byGridToken(
  store: Store,
  candidate: Candidate,
  grid: GridRecord,
  { actor, now }: { actor: Actor; now: Date },
): Promise<Identification> {
  const known = await store.nodeByNodeId(candidate.nodeId)
  if (known !== undefined) {
    if (known.grid !== grid.name) {
      return refused('nodeIdTaken', 'Invalid node ID, already used in a different grid')
    }
    return known.hasToken
      ? refused('nodeNeedsNodeToken', 'Invalid grid token, node was created using a node token')
      : { outcome: 'known', node: known }
  }
  const { nodeId, labels, version: agentVersion } = candidate
  const create = (name: string) =>
    store.createNode(grid.name, { name, labels, nodeId, agentVersion }, actor, now)
  let made = await create(candidate.name)
  if (made.outcome === 'name-taken') {
    made = await create(await numberedName(store, candidate.name, grid))
  }
  if (made.outcome === 'created') return { outcome: 'known', node: made.node }
  // Another connection of the same agent was quicker, or another agent took the name meanwhile.
  if (made.outcome === 'node-id-taken' || made.outcome === 'name-taken') {
    return byGridToken(store, candidate, grid, { actor, now })
  }
  if (made.outcome === 'node-id-replaced') {
    return refused('nodeIdTaken', 'Invalid node ID, its node was given another machine')
  }
  return { outcome: 'full', text: gridFull(grid) }
}

/**
 * The node that an agent says it is, whatever it can prove: by its token, else by its engine's id.
 * For telling why it was turned away, and for nothing else.
 */
export async function claimedNode(
  store: Store,
  { token, nodeId }: Handshake,
): Promise<NodeRecord | undefined> {
  const byToken =
    token?.kind === 'node' ? await store.nodeByToken(hashSecret(token.secret)) : undefined
  return byToken ?? (nodeId === undefined ? undefined : store.nodeByNodeId(nodeId))
}

/** The agent's own name with the number its node will get, or with another where that is taken. */
async function numberedName(store: Store, name: string, grid: GridRecord): Promise<string> {
  const nodes = await store.nodes(grid.name)
  const names = new Set(nodes.map((node) => node.name))
  const numbers = new Set(nodes.map((node) => node.number))
  const candidates = Array.from({ length: nodes.length + 1 }, (_, index) => index + 1)
  const own = candidates.find((number) => !numbers.has(number)) ?? candidates.length
  const free = [own, ...candidates].find((number) => !names.has(`${name}-${number}`))
  return `${name}-${free ?? own}`
}
