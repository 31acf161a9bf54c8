import { type Vault, VaultError } from '../../secrets/vault.ts'

const known = { purpose: 'key check', text: 'kontena' }

/** A text that only the key which sealed it opens, by which a wrong one is noticed before anything else. */
export function makeKeyCheck(vault: Vault): string {
  return vault.seal(known.text, known.purpose)
}

/** Throws `VaultError` unless this check was made with this key. */
export function requireKey(check: string, vault: Vault): void {
  vault.open(check, known.purpose)
}

export function isKeyOf(check: string, vault: Vault): boolean {
  try {
    requireKey(check, vault)
    return true
  } catch (error) {
    if (error instanceof VaultError) return false
    throw error
  }
}
