import { isFailure } from '../errors.ts'
import type { Machine } from '../provider.ts'
import { sleep } from '../wait.ts'
import type { Journal } from './journal.ts'
import { nameOfMachine } from './machine-names.ts'
import type { Scope } from './scope.ts'

/** Milliseconds before each look: about half a minute in all, which is longer than most lists lag. */
const pauses = [1_000, 2_000, 4_000, 8_000, 15_000]
/** Milliseconds for all looks together, however long the cloud takes to answer each. */
const patience = 60_000

/** A call that makes machines and got no answer. */
export interface LostCreate {
  readonly names: readonly string[]
  readonly token: string
}

/**
 * Looks for the machines of a create whose answer was lost, where the cloud would make them a second time if
 * it were asked again. Ends as soon as all are there, or when the command is cancelled; never rejects for
 * the cloud's sake. Gives one machine for each node that has one, under the node's name; should there be
 * more, the order's clean-up sees to them.
 */
export async function findLostMachines(
  lost: LostCreate,
  { scope, journal }: { scope: Scope; journal: Journal },
): Promise<readonly Machine[]> {
  const names = lost.names.join(', ')
  const milliseconds = pauses.reduce((sum, pause) => sum + pause)
  scope.emit({
    type: 'waiting',
    reason: `no answer about ${names}, which may exist all the same`,
    milliseconds,
  })
  const signal = AbortSignal.any([scope.signal, AbortSignal.timeout(patience)])
  let found: readonly Machine[] = []
  for (const pause of pauses) {
    try {
      await sleep(pause, signal)
      const query = { owner: scope.owner, order: journal.order.id }
      const shown = await scope.session.find(query, { signal })
      found = pick(shown, lost, journal)
    } catch (error) {
      if (signal.aborted) break
      if (!isFailure(error)) throw error
    }
    if (found.length === lost.names.length) break
  }
  return found
}

function pick(shown: readonly Machine[], lost: LostCreate, journal: Journal): Machine[] {
  const mine = shown
    .filter((machine) => machine.state !== 'gone' && isOfCall(machine, lost, journal))
    .map((machine) => ({ ...machine, name: nameOfMachine(machine, [], journal.entries) }))
  const byName = Map.groupBy(mine, ({ name }) => name)
  return lost.names.flatMap((name) => byName.get(name)?.[0] ?? [])
}

/** By its token; where the cloud tells none, any that no other call of the order is known to have made. */
function isOfCall({ id, token }: Machine, lost: LostCreate, { entries }: Journal): boolean {
  if (token !== undefined) return token === lost.token
  return !entries.some(({ result }) => result?.machines?.some((made) => made.id === id))
}
