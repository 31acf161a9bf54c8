import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from './atomic-write.ts'
import { randomHex } from './secrets.ts'

export interface VaultKeyOptions {
  readonly dataDir: string
  /** A key given as text, as 1.5 took it from `VAULT_KEY`. */
  readonly vaultKey?: string | undefined
  /** Where the key is kept, or to be made; `master.key` beside the database where absent. */
  readonly keyFile?: string | undefined
}

/** The key that seals the secrets in the database; made at the first start. Throws what the disk says. */
export function readVaultKey({ dataDir, vaultKey, keyFile }: VaultKeyOptions): string {
  if (vaultKey !== undefined) return vaultKey
  const path = keyFile ?? join(dataDir, 'master.key')
  if (!existsSync(path)) writeAtomically(path, `${randomHex(32)}\n`)
  return readFileSync(path, 'utf8').trim()
}
