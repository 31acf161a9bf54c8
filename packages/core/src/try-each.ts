import { isFailure } from './errors.ts'
import type { Call } from './provider.ts'
import { severalAtOnce } from './several-at-once.ts'

/**
 * Does one thing to each item, so many at a time. All are tried before one failure rejects: with what
 * waiting does not mend, where there is any, or with the signal's reason.
 */
export async function tryEach<Item>(
  items: readonly Item[],
  { atOnce, signal }: Call & { readonly atOnce: number },
  handle: (item: Item) => Promise<void>,
): Promise<void> {
  const outcomes = await severalAtOnce(items, atOnce, handle)
  signal.throwIfAborted()
  const failures = outcomes.filter((outcome) => outcome.status === 'rejected')
  const worst = failures.find(({ reason }) => !isFailure(reason, 'BUSY')) ?? failures[0]
  if (worst !== undefined) throw worst.reason
}
