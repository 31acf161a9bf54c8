import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { Context } from '../context.ts'
import { notStarted } from './run-program.ts'

/**
 * Terms of trust that not every OpenSSH knows: keys that a program tells (from 8.5), and a key exchange
 * without host keys, which distributions add for Kerberos.
 */
const terms = { KnownHostsCommand: 'none', GSSAPIKeyExchange: 'no' }

/** OpenSSH's code for an option that it does not know. */
const unknownOption = 255

/** Those that the OpenSSH here knows; it would stop at others. Rejects with `NOT_FOUND` where there is none. */
export async function optionalTerms(
  context: Pick<Context, 'env'>,
): Promise<Record<string, string>> {
  const asked = Object.entries(terms).map(async (term) =>
    (await isKnown(term, context)) ? [term] : [],
  )
  return Object.fromEntries((await Promise.all(asked)).flat())
}

/** It reads its options before it prints its version and ends. Where in doubt, a term is set. */
async function isKnown(
  [name, value]: [string, string],
  { env }: Pick<Context, 'env'>,
): Promise<boolean> {
  try {
    const options = { env: { ...env }, timeout: 10_000 }
    await promisify(execFile)('ssh', ['-o', `${name}=${value}`, '-V'], options)
    return true
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? error.code : undefined
    if (typeof code !== 'string') return code !== unknownOption
    throw notStarted('ssh', error, "install OpenSSH's client, as in: apt install openssh-client")
  }
}
