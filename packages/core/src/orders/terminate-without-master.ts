import { ProvisionError } from '../errors.ts'
import type { Machine } from '../provider.ts'
import { type NamedMachine, terminateMachines } from './remove-machines.ts'
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
  const doomed = [...new Set(options.names)].map((name) => pick(name, alive, scope))
  const nodes = doomed.map((one) => ({ ...one, node: undefined }))
  const journal = await openTerminateJournal(nodes, options.timeout, scope)
  try {
    await terminateMachines(doomed, {
      scope,
      journal,
      timeout: options.timeout,
      call,
      onGone: async ({ name, machine }) => {
        journal.intendRemoval({ call: 'remove-node', name })
        scope.emit({ type: 'node', name, phase: 'gone', machine: machine.id })
      },
    })
  } finally {
    journal.release()
  }
}

function pick(name: string, machines: readonly Machine[], scope: Scope): NamedMachine {
  const matches = machines.filter((machine) => machine.name === name || machine.id === name)
  const [machine] = matches
  if (machine !== undefined && matches.length === 1) return { name, machine }
  const problem = matches.length === 0 ? 'no machine' : 'more than one machine'
  throw new ProvisionError('NOT_FOUND', `grid ${scope.owner.grid} has ${problem} tagged ${name}`, {
    hint: `name a machine by its id; see them with: kontena ${scope.provider.name} node list`,
  })
}
