/** All pages of a list. */
export async function all<Item>(pages: AsyncIterable<Item>): Promise<Item[]> {
  const items: Item[] = []
  for await (const item of pages) items.push(item)
  return items
}

/**
 * Resolves as soon as ARM has accepted what takes long. Awaiting the SDK's poller itself would wait for
 * the end; `submitted` sends the request, and nothing polls after it.
 */
export async function accepted(poller: { submitted(): Promise<void> }): Promise<void> {
  await poller.submitted()
}
