import { existsSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from '../start/atomic-write.ts'
import { errorCode, MasterStartError } from '../start/start-error.ts'
import { randomHex } from './secrets.ts'

export interface VaultKeyOptions {
  readonly dataDir: string
  /** A key given as text, as 1.5 took it from `VAULT_KEY`. */
  readonly vaultKey?: string | undefined
  /** Where the key is kept, or to be made; {@link ownKeyFile} where absent. */
  readonly keyFile?: string | undefined
}

/** Characters of the shortest key that is taken: what 16 random bytes are in hex. */
const shortestKey = 32

/** Rights that let others read the key, or put another in its place. Its group may read it. */
const tooOpen = 0o027

/** Where the key is when nothing else is said: beside the database. */
export function ownKeyFile(dataDir: string): string {
  return join(dataDir, 'master.key')
}

/**
 * The key that seals the secrets in the database. A new one is made only for a database that holds no
 * sealed secret yet (`isSealed`): another key would never open those that are there. Throws
 * {@link MasterStartError}, which never holds the key.
 */
export function readVaultKey(options: VaultKeyOptions, isSealed: boolean): string {
  const { vaultKey, keyFile } = options
  if (vaultKey !== undefined && keyFile !== undefined) {
    throw new MasterStartError(
      'the key is given twice, by VAULT_KEY and by a key file',
      'give one of them',
    )
  }
  if (vaultKey !== undefined) return longEnough(vaultKey, 'VAULT_KEY')
  const path = keyFile ?? ownKeyFile(options.dataDir)
  if (!existsSync(path)) {
    if (isSealed) throw missing(path)
    makeKey(path)
  }
  return longEnough(readKey(path), path)
}

function missing(path: string): MasterStartError {
  return new MasterStartError(
    `the key of the database is missing: there is no ${path}`,
    'put the file back from a backup, or say where the key is: --key-file FILE, or VAULT_KEY in the environment',
  )
}

function makeKey(path: string): void {
  try {
    writeAtomically(path, `${randomHex(32)}\n`)
  } catch (error) {
    throw new MasterStartError(
      `the key cannot be kept in ${path} (${errorCode(error)})`,
      'see that its folder is writable for this user and its disk has room, or choose another with --key-file',
      { cause: error },
    )
  }
}

function readKey(path: string): string {
  try {
    const mode = statSync(path).mode & 0o777
    // On Windows modes say nothing of who may read.
    if (process.platform !== 'win32' && (mode & tooOpen) !== 0) {
      throw new MasterStartError(
        `others can get at the key in ${path} (mode ${mode.toString(8)})`,
        `keep it to its user: chmod 600 ${path}`,
      )
    }
    return readFileSync(path, 'utf8').trim()
  } catch (error) {
    if (error instanceof MasterStartError) throw error
    throw new MasterStartError(
      `the key in ${path} cannot be read (${errorCode(error)})`,
      'let the user that the master runs as read it',
      { cause: error },
    )
  }
}

function longEnough(key: string, where: string): string {
  if (key.length >= shortestKey) return key
  throw new MasterStartError(
    `the key in ${where} is too short: it has ${key.length} characters`,
    `give the whole key; a new one has at least ${shortestKey} random characters, as openssl rand -hex 32 makes them`,
  )
}
