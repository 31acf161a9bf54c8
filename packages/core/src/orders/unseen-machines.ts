import { MasterError } from '@kontena/protocol'
import { isFailure } from '../errors.ts'
import type { Call } from '../provider.ts'
import { poll } from '../wait.ts'
import type { NodeWithMachine } from './find-nodes.ts'
import { consistencyWindow } from './order-machines.ts'
import type { Scope } from './scope.ts'

const lookInterval = 2_000

/**
 * A node whose agent is connected has a machine, though its cloud may not show it yet. Waits until the
 * machine turns up or the agent ends, and no longer than a cloud may take to show a machine.
 */
export async function findUnseenMachine(
  given: NodeWithMachine,
  scope: Scope,
  call: Call,
): Promise<NodeWithMachine> {
  const { name, node, machine } = given
  const id = node?.machine?.id
  if (id === undefined || machine !== undefined || !node?.connected) return given
  const options = {
    reason: `the machine of ${name} to be shown`,
    every: lookInterval,
    timeout: consistencyWindow,
    signal: call.signal,
  }
  try {
    return await poll(options, async () => {
      const [found] = await scope.session.find({ ids: [id], owner: scope.owner }, call)
      if (found !== undefined)
        return isOurs(found.owner, scope) ? { ...given, machine: found } : given
      return (await isConnected(name, scope, call)) ? undefined : given
    })
  } catch (error) {
    if (isFailure(error, 'TIMED_OUT')) return given
    throw error
  }
}

function isOurs(owner: Scope['owner'] | undefined, scope: Scope): boolean {
  return owner?.master === scope.owner.master && owner.grid === scope.owner.grid
}

async function isConnected(name: string, scope: Scope, call: Call): Promise<boolean> {
  try {
    return (await scope.master.node(scope.owner.grid, name, call.signal)).connected
  } catch (error) {
    if (error instanceof MasterError && error.kind === 'not-found') return false
    throw error
  }
}
