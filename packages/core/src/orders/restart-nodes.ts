import { MasterError, type Node } from '@kontena/protocol'
import { ProvisionError } from '../errors.ts'
import { poll } from '../wait.ts'
import type { NodeWithMachine } from './find-nodes.ts'
import { isOnline } from './online-nodes.ts'
import type { Scope } from './scope.ts'

const masterInterval = 1_000

/**
 * Restarts machines and waits until their agents have connected anew. Rejects with `TIMED_OUT` naming
 * those that have not after `timeout` milliseconds.
 */
export async function restartNodes(
  nodes: readonly NodeWithMachine[],
  timeout: number,
  scope: Scope,
): Promise<void> {
  const call = { signal: scope.signal }
  const { provider, session, master, owner } = scope
  const lost = nodes.find(({ machine }) => machine === undefined)
  if (lost !== undefined) {
    throw new ProvisionError('NOT_FOUND', `the machine of ${lost.name} is gone`, {
      hint: `remove its record with: kontena ${provider.name} node terminate ${lost.name}`,
    })
  }
  if (session.restart === undefined) {
    throw new ProvisionError('NOT_SUPPORTED', `${provider.title} cannot restart machines`)
  }
  await session.restart(
    nodes.flatMap(({ machine }) => machine?.id ?? []),
    call,
  )
  const before = new Map(
    nodes.flatMap(({ node }) => (node ? [[node.name, node.connected_at]] : [])),
  )
  for (const name of before.keys()) scope.emit({ type: 'node', name, phase: 'starting' })
  const reason = () => `${[...before.keys()].join(', ')} to be online again`
  await poll({ reason, every: masterInterval, timeout, signal: call.signal }, async () => {
    for (const node of await answered(master.nodes(owner.grid, call.signal))) {
      const isNew = before.has(node.name) && node.connected_at !== before.get(node.name)
      if (!isNew || !isOnline(node)) continue
      before.delete(node.name)
      scope.emit({ type: 'node', name: node.name, phase: 'online' })
    }
    return before.size === 0 ? true : undefined
  })
}

/** A master that does not answer for a moment is asked again. */
async function answered(nodes: Promise<Node[]>): Promise<Node[]> {
  try {
    return await nodes
  } catch (error) {
    if (error instanceof MasterError && error.kind === 'unreachable') return []
    throw error
  }
}
