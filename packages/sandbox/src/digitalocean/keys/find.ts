import type { Account, Key } from '../account.ts'

/** By number or by fingerprint. */
export function findKey(account: Account, identifier: string): Key | undefined {
  return [...account.keys.values()].find(
    ({ id, fingerprint }) => String(id) === identifier || fingerprint === identifier.toLowerCase(),
  )
}
