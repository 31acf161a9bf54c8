/** Requests under way at once: far below the 250 a minute that DigitalOcean takes of a token. */
const atOnce = 8

/** Handles all items, a few at a time, and resolves when each has come to its end; never rejects. */
export async function severalAtOnce<Item, Result>(
  items: readonly Item[],
  handle: (item: Item) => Promise<Result>,
): Promise<readonly PromiseSettledResult<Result>[]> {
  const outcomes: PromiseSettledResult<Result>[] = []
  for (let start = 0; start < items.length; start += atOnce) {
    outcomes.push(...(await Promise.allSettled(items.slice(start, start + atOnce).map(handle))))
  }
  return outcomes
}
