import { type Vault, VaultError } from '../../vault.ts'

const known = { purpose: 'key check', text: 'kontena' }

/** A text that only the key which sealed it opens, by which a wrong one is noticed before anything else. */
export function makeKeyCheck(vault: Vault): string {
  return vault.seal(known.text, known.purpose)
}

/** Whether the key is the one that made this check; any is where none was made. */
export function checkKey(check: string | undefined, vault: Vault): boolean {
  if (check === undefined) return true
  try {
    vault.open(check, known.purpose)
    return true
  } catch (error) {
    if (error instanceof VaultError) return false
    throw error
  }
}
