import { severalAtOnce } from '@kontena/core'

/** Requests of one kind that are under way at the same time: well below what ARM lets through each second. */
const atOnce = 8

/** Does one thing to each, some at the same time. All are tried; the failures come back. */
export async function several<Item>(
  items: readonly Item[],
  handle: (item: Item) => Promise<void>,
): Promise<readonly unknown[]> {
  const ends = await severalAtOnce(items, atOnce, handle)
  return ends.flatMap((end) => (end.status === 'rejected' ? [end.reason] : []))
}
