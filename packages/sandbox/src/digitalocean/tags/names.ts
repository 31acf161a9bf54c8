import type { Account } from '../account.ts'
import { unprocessable } from '../refusals.ts'

/** Letters, digits, colons, dashes and underscores. */
export function isTag(name: string): boolean {
  return /^[a-zA-Z0-9_:-]{1,255}$/.test(name)
}

export function checkTag(name: string): void {
  if (!isTag(name)) throw unprocessable(`Tag name ${name} contains invalid characters`)
}

/** Tags of a new thing are made on the fly; the first spelling of each stays. */
export function rememberTags(account: Account, names: readonly string[]): void {
  for (const name of names) {
    if (!account.tags.has(name.toLowerCase())) account.tags.set(name.toLowerCase(), name)
  }
}

export function tagNames(account: Account, tags: ReadonlySet<string>): readonly string[] {
  return [...tags].map((tag) => account.tags.get(tag) ?? tag)
}
