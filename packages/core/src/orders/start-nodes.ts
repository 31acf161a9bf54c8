import { ProvisionError } from '../errors.ts'
import { awaitReturn } from './await-return.ts'
import type { NodeWithMachine } from './find-nodes.ts'
import { presentMachines } from './present-machines.ts'
import type { Scope } from './scope.ts'
import { awaitStopped } from './stop-nodes.ts'
import { watchMachines } from './watch-machines.ts'

/**
 * Powers machines on and waits until their agents are connected; one that is about to stop does so first.
 * Rejects with `TIMED_OUT` naming those that are not online after `timeout` milliseconds.
 */
export async function startNodes(
  nodes: readonly NodeWithMachine[],
  timeout: number,
  scope: Scope,
): Promise<void> {
  const { provider, session, emit, signal } = scope
  const present = presentMachines(nodes, scope)
  if (session.start === undefined) {
    throw new ProvisionError('NOT_SUPPORTED', `${provider.title} cannot start machines`)
  }
  const stopping = present.filter(({ machine }) => machine.state === 'stopping')
  if (stopping.length > 0) await awaitStopped(stopping, timeout, scope)
  const off = present.filter(({ machine: { state } }) => state !== 'running' && state !== 'pending')
  for (const { name, machine } of off) {
    emit({ type: 'node', name, phase: 'starting', machine: machine.id, zone: machine.zone })
  }
  const ids = off.map(({ machine }) => machine.id)
  if (ids.length > 0) await session.start(ids, { signal })
  const before = new Map(
    present.flatMap(({ node, machine: { state } }) =>
      node ? [[node.name, state === 'running' ? undefined : (node.connected_at ?? null)]] : [],
    ),
  )
  const watch = watchMachines(off, 'running', scope)
  await awaitReturn({ before, timeout, look: () => watch.look() }, scope)
}
