import { Ec2Error, invalidCombination, invalidValue } from './errors.ts'

export interface PageRequest {
  readonly MaxResults?: number | undefined
  readonly NextToken?: string | undefined
}

interface PageLimits {
  readonly least: number
  readonly most: number
  /** Page size where the caller names none; everything where absent. */
  readonly usual?: number
}

/** What EC2 states for most of its lists. */
const usualLimits: PageLimits = { least: 5, most: 1000 }

export interface Page<Item> {
  readonly members: readonly Item[]
  readonly nextToken: string | undefined
}

/** The part of a list that a call asks for. Tokens are opaque to callers and checked. */
export function pageOf<Item>(
  all: readonly Item[],
  { MaxResults: size, NextToken: token }: PageRequest,
  { least, most, usual = all.length }: PageLimits = usualLimits,
): Page<Item> {
  if (size !== undefined && (size < least || size > most)) {
    throw invalidValue(
      `Value ( ${size} ) for parameter maxResults is invalid. Expecting a value between ${least} and ${most}.`,
    )
  }
  const start = token === undefined ? 0 : readToken(token)
  const end = start + (size ?? usual)
  return {
    members: all.slice(start, end),
    nextToken: end < all.length ? writeToken(end) : undefined,
  }
}

/** Things named by id come in one page; asking for both is an error. */
export function refuseIdsWithPages(ids: readonly string[], set: string, page: PageRequest): void {
  if (ids.length > 0 && page.MaxResults !== undefined) {
    throw invalidCombination(`The parameter ${set} cannot be used with the parameter maxResults`)
  }
}

function writeToken(position: number): string {
  return Buffer.from(`page:${position}`).toString('base64url')
}

function readToken(token: string): number {
  const position = /^page:(\d+)$/.exec(Buffer.from(token, 'base64url').toString())?.[1]
  if (position === undefined) {
    throw new Ec2Error('InvalidNextToken', 'The token supplied in nextToken is not valid')
  }
  return Number(position)
}
