/** The most that the API gives at once where it gives pages. */
const pageSize = 100

export type PageQuery = readonly (readonly [string, string])[]

/**
 * All that there is, page by page. An endpoint that knows no pages gives everything at once, again and
 * again, which ends this too.
 */
export async function* eachOf<Item extends { readonly uuid: string }>(
  readPage: (query: PageQuery) => Promise<readonly Item[]>,
): AsyncGenerator<Item> {
  const seen = new Set<string>()
  for (let offset = 0; ; offset += pageSize) {
    const page = await readPage([
      ['limit', String(pageSize)],
      ['offset', String(offset)],
    ])
    const fresh = page.filter(({ uuid }) => !seen.has(uuid))
    for (const item of fresh) {
      seen.add(item.uuid)
      yield item
    }
    if (page.length !== pageSize || fresh.length === 0) return
  }
}
