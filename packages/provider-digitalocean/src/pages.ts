import type { Call } from '@kontena/core'
import { z } from 'zod'
import type { Cloud, Context } from './clients.ts'
import type { Question } from './explanations.ts'

/** As many as DigitalOcean gives at once. */
const perPage = 200

const links = z.object({ pages: z.object({ next: z.string().nullish() }).nullish() }).nullish()

const record = z.record(z.string(), z.unknown())

export interface ListQuestion<Item> extends Question {
  /** Key under which the items stand in the answer. */
  readonly key: string
  readonly item: z.ZodType<Item>
}

/** All items of a list, page after page, each asked for in the wrapper's words. */
export async function listAll<Item>(
  cloud: Cloud,
  { key, item, ...question }: ListQuestion<Item> & Call,
  send: (
    context: Context,
    page: { readonly page: number; readonly per_page: number },
  ) => Promise<{ data: unknown }>,
): Promise<readonly Item[]> {
  const page = z.object({ items: z.array(item), links })
  const answer = z.preprocess((body) => {
    const fields = record.safeParse(body).data
    return fields === undefined ? body : { items: fields[key], links: fields.links }
  }, page)
  const all: Item[] = []
  for (let number = 1; ; number++) {
    const { items, links: pointers } = await cloud.ask(question, answer, (context) =>
      send(context, { page: number, per_page: perPage }),
    )
    all.push(...items)
    if (!pointers?.pages?.next || items.length === 0) return all
  }
}
