import { MasterError } from '@kontena/protocol'
import { isFailure } from '../errors.ts'
import type { Call, Machine } from '../provider.ts'
import { poll } from '../wait.ts'
import type { Journal } from './journal.ts'
import type { Scope } from './scope.ts'

/** Milliseconds between looks at machines that are going. */
const goneInterval = 2_000
/** How long what machines shared is asked for again while it is still held on to. */
const sharedPatience = 180_000

/**
 * Terminates machines and waits until they are gone. Calls `onGone` for each as soon as it is.
 * Rejects with `TIMED_OUT` when some are still there after `timeout` milliseconds.
 */
export async function terminateMachines(
  machines: readonly Machine[],
  options: {
    scope: Scope
    journal: Journal
    timeout: number
    call: Call
    onGone: (machine: Machine) => Promise<void>
  },
): Promise<void> {
  const { scope, journal, timeout, call, onGone } = options
  const alive = machines.filter((machine) => machine.state !== 'gone')
  if (alive.length > 0) {
    const ids = alive.map(({ id }) => id)
    const intent = journal.intendRemoval({ call: 'terminate', ids })
    await scope.session.terminate(ids, call)
    journal.record(intent)
  }
  const left = new Map(machines.map((machine) => [machine.id, machine]))
  const reason = () => `${[...left.keys()].join(', ')} to be gone`
  await poll({ reason, every: goneInterval, timeout, signal: call.signal }, async () => {
    const found = await scope.session.find({ ids: [...left.keys()] }, call)
    const there = new Set(found.filter(({ state }) => state !== 'gone').map(({ id }) => id))
    for (const machine of left.values()) {
      if (there.has(machine.id)) continue
      left.delete(machine.id)
      await onGone(machine)
    }
    return left.size === 0 ? true : undefined
  })
}

/** Drops a node's record, and with it the node's token. A record that is not there is no error. */
export async function removeRecord(
  name: string,
  { scope, journal, call }: { scope: Scope; journal: Journal; call: Call },
): Promise<void> {
  const intent = journal.intendRemoval({ call: 'remove-node', name })
  try {
    await scope.master.removeNode(scope.owner.grid, name, call.signal)
  } catch (error) {
    if (!(error instanceof MasterError) || error.kind !== 'not-found') throw error
  }
  journal.record(intent)
  scope.emit({ type: 'node', name, phase: 'gone' })
}

/**
 * Removes what the grid's machines shared here, once no record of this provider and region is left
 * and no machine of ours either. Returns false while the cloud still holds on to it.
 */
export async function removeSharedIfLast(options: {
  scope: Scope
  journal: Journal
  call: Call
  patience?: number
}): Promise<boolean> {
  const { scope, journal, call } = options
  if (await isInUse(scope, call)) return true
  const intent = journal.intendRemoval({ call: 'remove-shared' })
  const timeout = options.patience ?? sharedPatience
  try {
    await poll(
      { reason: 'the firewall to be free', every: goneInterval, timeout, signal: call.signal },
      async () => {
        try {
          const kept = await scope.session.removeShared(scope.owner, call)
          for (const what of kept) {
            scope.emit({ type: 'warning', message: `${what} stays, as something else uses it` })
          }
          return true
        } catch (error) {
          if (isFailure(error, 'BUSY')) return undefined
          throw error
        }
      },
    )
  } catch (error) {
    if (isFailure(error, 'TIMED_OUT')) return false
    throw error
  }
  journal.record(intent)
  return true
}

async function isInUse(scope: Scope, call: Call): Promise<boolean> {
  const { provider, account, owner, master, session } = scope
  const nodes = await master.nodes(owner.grid, call.signal)
  const recorded = nodes.some(({ labels, machine }) =>
    machine?.provider === provider.name
      ? machine.region === account.region
      : labels.includes(`provider=${provider.name}`) && labels.includes(`region=${account.region}`),
  )
  if (recorded) return true
  const machines = await session.find({ owner }, call)
  return machines.some(({ state }) => state !== 'gone' && state !== 'going')
}
