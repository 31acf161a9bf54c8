import { MasterError } from '@kontena/protocol'
import { isFailure, ProvisionError } from '../errors.ts'
import type { Call, Machine } from '../provider.ts'
import { poll } from '../wait.ts'
import { isHere } from './find-nodes.ts'
import type { Journal } from './journal.ts'
import type { Scope } from './scope.ts'

/** Milliseconds between looks at machines that are going. */
const goneInterval = 2_000
/** Milliseconds after which a cloud that takes several steps is asked for the next. */
const stepInterval = 5_000
/** How long what machines shared is asked for again while it is still held on to. */
const sharedPatience = 180_000

/** What everything works with that takes something away. */
export interface Removal {
  readonly scope: Scope
  readonly journal: Journal
  readonly call: Call
}

/** A machine and the name of the node it is or was to be. */
export interface NamedMachine {
  readonly name: string
  readonly machine: Machine
}

/**
 * Terminates machines and waits until they are gone. Calls `onGone` for each as soon as it is. Asks the
 * cloud again for those that are not on their way, also after it was busy with them.
 * Rejects with `LEFT_BEHIND` when some are still there after `timeout` milliseconds.
 */
export async function terminateMachines<Doomed extends NamedMachine>(
  doomed: readonly Doomed[],
  options: Removal & { timeout: number; onGone: (gone: Doomed) => Promise<void> },
): Promise<void> {
  if (doomed.length === 0) return
  const { scope, journal, timeout, call, onGone } = options
  const { ask, reason } = asker(scope, call)
  const alive = doomed.filter(({ machine }) => machine.state !== 'gone')
  if (alive.length > 0) {
    const ids = alive.map(({ machine }) => machine.id)
    const intent = journal.intendRemoval({ call: 'terminate', ids })
    await ask(ids)
    journal.record(intent)
  }
  const left = new Map(doomed.map((one) => [one.machine.id, one]))
  const wait = { reason: 'machines to be gone', every: goneInterval, timeout, signal: call.signal }
  const gone = poll(wait, async () => {
    const found = await scope.session.find({ ids: [...left.keys()], owner: scope.owner }, call)
    const there = new Map(found.map(({ id, state }) => [id, state]))
    for (const [id, one] of left) {
      if ((there.get(id) ?? 'gone') !== 'gone') continue
      left.delete(id)
      await onGone(one)
    }
    await ask([...left.keys()].filter((id) => there.get(id) !== 'going'))
    return left.size === 0 ? true : undefined
  })
  await orLeftBehind(
    gone,
    () => `the cloud has not finished terminating ${[...left.keys()].join(', ')}${reason()}`,
  )
}

/** Asks for a step towards machines' end, though not at every look, and remembers why there was none. */
function asker(scope: Scope, call: Call) {
  let askedAt = Number.NEGATIVE_INFINITY
  let busy: ProvisionError | undefined
  return {
    ask: async (ids: readonly string[]): Promise<void> => {
      if (ids.length === 0 || Date.now() - askedAt < stepInterval) return
      askedAt = Date.now()
      try {
        await scope.session.terminate(ids, call)
        busy = undefined
      } catch (error) {
        if (!isFailure(error, 'BUSY')) throw error
        busy = error
      }
    },
    reason: () => (busy === undefined ? '' : `: ${busy.message}`),
  }
}

/** The same wait, whose end by time is told as what it leaves behind. */
export async function orLeftBehind(wait: Promise<unknown>, what: () => string): Promise<void> {
  try {
    await wait
  } catch (error) {
    if (!isFailure(error, 'TIMED_OUT')) throw error
    throw new ProvisionError('LEFT_BEHIND', what(), {
      cause: error,
      hint: 'type the same command again; it goes on where it stopped',
    })
  }
}

/** Drops a node's record, and with it the node's token. A record that is not there is no error. */
export async function removeRecord(name: string, { scope, journal, call }: Removal): Promise<void> {
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
export async function removeSharedIfLast(
  options: Removal & { patience?: number },
): Promise<boolean> {
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
  const { owner, master, session } = scope
  const nodes = await master.nodes(owner.grid, call.signal)
  if (nodes.some((node) => isHere(node, scope))) return true
  const machines = await session.find({ owner }, call)
  return machines.some(({ state }) => state !== 'gone' && state !== 'going')
}
