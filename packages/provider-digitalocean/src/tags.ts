import { type MachineBatch, type Owner, ProvisionError } from '@kontena/core'
import { ownerMark } from './owner-mark.ts'

/**
 * A tag is one word of letters, digits, colons, dashes and underscores, and the same word whatever the
 * case: `Demo` shows as `demo` where that was there first. What a tag cannot hold stands there as a
 * colon and two hex digits.
 */
const prefixes = {
  master: 'kontena:master:',
  grid: 'kontena:grid:',
  order: 'kontena:order:',
  token: 'kontena:token:',
} as const

export function masterTag({ master }: Pick<Owner, 'master'>): string {
  return prefixes.master + toLowerWord(master)
}

export function gridTag({ grid }: Pick<Owner, 'grid'>): string {
  return prefixes.grid + toLowerWord(grid)
}

/** It tells whose it is, as a tag that nothing has any more says no more of its owner. */
export function orderTag(owner: Owner, order: string): string {
  return `${prefixes.order}${ownerMark(owner)}:${toWord(order)}`
}

export function tokenTag(owner: Owner, token: string): string {
  return `${prefixes.token}${ownerMark(owner)}:${toWord(token)}`
}

/** Whether an order of this owner has made the tag, and no other order ever uses it. */
export function isOrderTagOf(tag: string, owner: Owner): boolean {
  const mark = `${ownerMark(owner)}:`
  return tag.startsWith(prefixes.order + mark) || tag.startsWith(prefixes.token + mark)
}

export interface OwnershipTags {
  readonly owner: Owner | undefined
  readonly order: string | undefined
  readonly token: string | undefined
}

export function readTags(tags: readonly string[]): OwnershipTags {
  const value = (prefix: string): string | undefined =>
    tags.find((tag) => tag.startsWith(prefix))?.slice(prefix.length)
  const [master, grid] = [value(prefixes.master), value(prefixes.grid)]
  const marked = (prefix: string): string | undefined => {
    const text = value(prefix)?.replace(/^[0-9a-f]{8}:/, '')
    return text === undefined ? undefined : fromWord(text)
  }
  return {
    owner:
      master === undefined || grid === undefined
        ? undefined
        : { master: fromWord(master), grid: fromWord(grid) },
    order: marked(prefixes.order),
    token: marked(prefixes.token),
  }
}

/** Tags of a batch, as they travel in the create call: nothing is ever without an owner. */
export function launchTags(
  batch: Pick<MachineBatch, 'owner' | 'order' | 'token' | 'tags'>,
): string[] {
  return [
    masterTag(batch.owner),
    gridTag(batch.owner),
    orderTag(batch.owner, batch.order),
    tokenTag(batch.owner, batch.token),
    ...userTags(batch.tags),
  ]
}

/** The user's own, `K=V` as `K:V`. Throws `BAD_OPTIONS` for what DigitalOcean does not take. */
export function userTags(tags: Readonly<Record<string, string>>): string[] {
  return Object.entries(tags).map(([key, value]) => {
    const tag = value === '' ? key : `${key}:${value}`
    if (/^[a-zA-Z0-9_:-]{1,255}$/.test(tag) && !/^kontena(:|$)/i.test(tag)) return tag
    throw new ProvisionError('BAD_OPTIONS', `${key} cannot be a tag on DigitalOcean`, {
      hint: 'key and value have letters, digits, colons, dashes and underscores, 254 at most together, and begin not with kontena:',
    })
  })
}

function toLowerWord(text: string): string {
  return text.replace(/[^a-z0-9-]/g, hexOf)
}

function toWord(text: string): string {
  return text.replace(/[^A-Za-z0-9_-]/g, hexOf)
}

function hexOf(character: string): string {
  return `:${character.charCodeAt(0).toString(16).padStart(2, '0')}`
}

function fromWord(text: string): string {
  return text.replace(/:([0-9a-f]{2})/g, (_, code: string) =>
    String.fromCharCode(Number.parseInt(code, 16)),
  )
}
