import { ProvisionError } from '../errors.ts'
import { awaitReturn } from './await-return.ts'
import type { NodeWithMachine } from './find-nodes.ts'
import { presentMachines } from './present-machines.ts'
import type { Scope } from './scope.ts'

/**
 * Restarts machines and waits until their agents have connected anew. Rejects with `TIMED_OUT` naming
 * those that have not after `timeout` milliseconds.
 */
export async function restartNodes(
  nodes: readonly NodeWithMachine[],
  timeout: number,
  scope: Scope,
): Promise<void> {
  const { provider, session, signal } = scope
  const present = presentMachines(nodes, scope)
  if (session.restart === undefined) {
    throw new ProvisionError('NOT_SUPPORTED', `${provider.title} cannot restart machines`)
  }
  await session.restart(
    present.map(({ machine }) => machine.id),
    { signal },
  )
  const before = new Map(
    present.flatMap(({ node }) => (node ? [[node.name, node.connected_at ?? null]] : [])),
  )
  for (const name of before.keys()) scope.emit({ type: 'node', name, phase: 'starting' })
  await awaitReturn({ before, timeout }, scope)
}
