import { labelValue } from '@kontena/protocol'
import { ProvisionError } from '../errors.ts'
import { poll } from '../wait.ts'
import type { NodeWithMachine } from './find-nodes.ts'
import { type PresentNode, presentMachines } from './present-machines.ts'
import type { Scope } from './scope.ts'
import { watchMachines } from './watch-machines.ts'

const interval = 1_000

/**
 * Powers machines off and waits until they are. Nodes keep their records and their availability, and come
 * back with `startNodes`. Rejects with `TIMED_OUT` naming those that still run after `timeout` milliseconds.
 */
export async function stopNodes(
  nodes: readonly NodeWithMachine[],
  timeout: number,
  scope: Scope,
): Promise<void> {
  const { provider, session, emit, signal } = scope
  const present = presentMachines(nodes, scope)
  if (session.stop === undefined) {
    throw new ProvisionError('NOT_SUPPORTED', `${provider.title} cannot stop machines`)
  }
  const running = present.filter(({ machine }) => machine.state !== 'stopped')
  for (const { name, machine } of running) {
    emit({ type: 'node', name, phase: 'stopping', machine: machine.id, zone: machine.zone })
  }
  for (const { name, node } of running) {
    if (labelValue(node?.labels ?? [], 'ephemeral') !== undefined) warnOfEnd(name, scope)
  }
  const ids = running.map(({ machine }) => machine.id)
  if (ids.length > 0) await session.stop(ids, { signal })
  await awaitStopped(running, timeout, scope)
}

/** Its machine would outlive its record. */
function warnOfEnd(name: string, { provider, emit }: Scope): void {
  emit({
    type: 'warning',
    message: `${name} is ephemeral: the master forgets it 6 h after it went offline`,
    hint: `start it before that, as in: kontena ${provider.name} node start ${name}`,
  })
}

/** Rejects with `TIMED_OUT` naming those that still run after `timeout` milliseconds. */
export async function awaitStopped(
  nodes: readonly PresentNode[],
  timeout: number,
  scope: Scope,
): Promise<void> {
  const watch = watchMachines(nodes, 'stopped', scope)
  const reason = () => `${watch.waitedFor().join(', ')} to be stopped`
  const options = { reason, every: interval, timeout, signal: scope.signal }
  await poll(options, async () => ((await watch.look()) ? true : undefined))
}
