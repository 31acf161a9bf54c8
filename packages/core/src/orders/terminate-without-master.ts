import { isFailure, ProvisionError } from '../errors.ts'
import type { Machine } from '../provider.ts'
import type { NodeWithMachine } from './find-nodes.ts'
import { terminateMachines } from './remove-machines.ts'
import type { Scope } from './scope.ts'
import { openTerminateJournal } from './terminate-nodes.ts'

/**
 * Takes machines away while the master does not answer, by the tags they carry. Their node records are
 * journaled; the next command that reaches the master drops them.
 */
export async function terminateWithoutMaster(
  options: { names: readonly string[]; timeout: number },
  scope: Scope,
): Promise<void> {
  const call = { signal: scope.signal }
  const found = await scope.session.find({ owner: scope.owner }, call)
  const alive = found.filter(({ state }) => state !== 'gone')
  const nodes = [...new Set(options.names)].map((name) => pick(name, alive, scope))
  const journal = await openTerminateJournal(nodes, options.timeout, scope)
  try {
    await terminateMachines(
      nodes.flatMap(({ machine }) => machine ?? []),
      {
        scope,
        journal,
        timeout: options.timeout,
        call,
        onGone: async ({ id }) => {
          const node = nodes.find(({ machine }) => machine?.id === id)
          if (node !== undefined) {
            journal.intendRemoval({ call: 'remove-node', name: node.name })
            scope.emit({ type: 'node', name: node.name, phase: 'gone', machine: id })
          }
        },
      },
    )
  } catch (error) {
    if (!isFailure(error, 'TIMED_OUT')) throw error
    throw new ProvisionError('LEFT_BEHIND', error.message, {
      cause: error,
      hint: 'type the same command again; it goes on where it stopped',
    })
  } finally {
    journal.release()
  }
}

function pick(name: string, machines: readonly Machine[], scope: Scope): NodeWithMachine {
  const matches = machines.filter((machine) => machine.name === name || machine.id === name)
  const [machine] = matches
  if (machine !== undefined && matches.length === 1) return { name, node: undefined, machine }
  const problem = matches.length === 0 ? 'no machine' : 'more than one machine'
  throw new ProvisionError('NOT_FOUND', `grid ${scope.owner.grid} has ${problem} tagged ${name}`, {
    hint: `name a machine by its id; see them with: kontena ${scope.provider.name} node list`,
  })
}
