/** Requests of one kind that are under way at the same time: well below what ARM lets through each second. */
const atOnce = 8

/** Does one thing to each, some at the same time. All are tried; the failures come back. */
export async function several<Item>(
  items: readonly Item[],
  handle: (item: Item) => Promise<void>,
): Promise<readonly unknown[]> {
  const failures: unknown[] = []
  const queue = items.values()
  const work = async (): Promise<void> => {
    for (const item of queue) {
      try {
        await handle(item)
      } catch (error) {
        failures.push(error)
      }
    }
  }
  await Promise.all(Array.from({ length: atOnce }, work))
  return failures
}
