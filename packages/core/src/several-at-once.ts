/**
 * Handles all items, so many at a time, and resolves in their order when each has come to its end;
 * never rejects. One that fails holds up none of the others.
 */
export async function severalAtOnce<Item, Result>(
  items: readonly Item[],
  atOnce: number,
  handle: (item: Item) => Promise<Result>,
): Promise<readonly PromiseSettledResult<Result>[]> {
  const outcomes: PromiseSettledResult<Result>[] = []
  const queue = items.entries()
  const workers = Array.from({ length: atOnce }, async () => {
    for (const [index, item] of queue) {
      outcomes[index] = await handle(item).then(
        (value): PromiseFulfilledResult<Result> => ({ status: 'fulfilled', value }),
        (reason): PromiseRejectedResult => ({ status: 'rejected', reason }),
      )
    }
  })
  await Promise.all(workers)
  return outcomes
}
