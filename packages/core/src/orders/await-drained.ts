import type { Node } from '@kontena/protocol'
import { isFailure } from '../errors.ts'
import { withNodeRecords } from '../node-records.ts'
import { poll } from '../wait.ts'
import type { Scope } from './scope.ts'
import { whileAnswered } from './while-answered.ts'

/** Milliseconds between looks. */
const interval = 1_000

/**
 * Resolves when services have left all these nodes, as far as their agents tell, or after so many
 * milliseconds. An agent of 1.5 does not tell, and a node that is offline is not waited for.
 */
export async function awaitDrained(
  names: readonly string[],
  timeout: number,
  { master, owner, signal }: Scope,
): Promise<void> {
  const options = { reason: `${names.join(', ')} to be drained`, every: interval, timeout, signal }
  const watch = { master, grid: owner.grid, names, signal }
  try {
    await withNodeRecords(watch, ({ read, pause }) =>
      poll({ ...options, pause }, async () => {
        const nodes = await whileAnswered(read())
        const isOver = nodes?.every((node) => !names.includes(node.name) || isFree(node))
        return isOver === true ? true : undefined
      }),
    )
  } catch (error) {
    if (!isFailure(error, 'TIMED_OUT')) throw error
  }
}

function isFree({ connected, drained }: Node): boolean {
  return !connected || drained === true
}
