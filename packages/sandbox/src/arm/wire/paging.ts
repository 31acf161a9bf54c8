import type { Call } from '../route.ts'
import { badRequest } from './errors.ts'

/** A page of a list, with the address of the next one where there is more. */
export function pageOf(
  all: readonly unknown[],
  { url, target, query }: Call,
  pageSize: number,
): { readonly value: readonly unknown[]; readonly nextLink?: string } {
  const token = query.get('$skiptoken')
  const start = token === null ? 0 : readToken(token)
  const top = Number(query.get('$top') ?? pageSize)
  const end = start + Math.min(pageSize, Number.isInteger(top) && top > 0 ? top : pageSize)
  const value = all.slice(start, end)
  if (end >= all.length) return { value }
  const next = new URL(target, url)
  next.searchParams.set('$skiptoken', writeToken(end))
  return { value, nextLink: next.href }
}

function writeToken(position: number): string {
  return Buffer.from(`after ${position}`).toString('base64url')
}

function readToken(token: string): number {
  const position = /^after (\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1]
  if (position !== undefined) return Number(position)
  throw badRequest('InvalidSkipToken', `The skip token '${token}' is not valid.`)
}
