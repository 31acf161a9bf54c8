import type { RestReply } from '../../rest/route.ts'
import type { DigitaloceanCall } from '../account.ts'

const usual = 20
const most = 200

/** One page of a list, with links to the others as DigitalOcean writes them. */
export function page(
  { url, query }: DigitaloceanCall,
  name: string,
  all: readonly unknown[],
): RestReply {
  const size = Math.min(numberOf(query, 'per_page', usual), most)
  const number = numberOf(query, 'page', 1)
  const last = Math.max(1, Math.ceil(all.length / size))
  const link = (to: number) => {
    const other = new URL(url)
    other.searchParams.set('page', String(to))
    return other.href
  }
  const pages = {
    ...(number > 1 ? { first: link(1), prev: link(number - 1) } : {}),
    ...(number < last ? { next: link(number + 1), last: link(last) } : {}),
  }
  return {
    status: 200,
    body: {
      [name]: all.slice((number - 1) * size, number * size),
      links: last > 1 ? { pages } : {},
      meta: { total: all.length },
    },
  }
}

function numberOf(query: URLSearchParams, name: string, otherwise: number): number {
  const value = Number(query.get(name) ?? otherwise)
  return Number.isInteger(value) && value > 0 ? value : otherwise
}
