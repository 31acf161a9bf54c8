import { existsSync, mkdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { writeAtomically } from '../start/atomic-write.ts'
import { errorCode, MasterStartError } from '../start/start-error.ts'
import { issueServerCertificate, makeAuthority } from './certificates.ts'
import { certificateHash, isCurrent, type KeyedCertificate, matches } from './keyed-certificate.ts'

export interface OwnTls {
  readonly server: KeyedCertificate
  /** PEM of the authority. */
  readonly ca: string
  readonly caSha256: string
}

export interface OwnTlsOptions {
  /** Where authority and certificate are kept. */
  directory: string
  /** Host names and addresses people and machines use. */
  names: readonly string[]
  /** Name of a new authority. */
  authorityName: string
  /** SHA-256 of the authority that there has to be; one is made where none is, and this is absent. */
  authority?: string
  now: Date
}

/**
 * The master's own authority and server certificate: made the first time, the certificate renewed
 * when it runs out within 30 days or lacks a name. The authority is never replaced, as clients and
 * machines have pinned it.
 */
export async function ownTls(options: OwnTlsOptions): Promise<OwnTls> {
  const { directory, names, now } = options
  mkdirSync(directory, { recursive: true, mode: 0o700 })
  const authority = await ensureAuthority(options)
  const known = read(join(directory, 'server.pem'), join(directory, 'server-key.pem'))
  const isGood = known !== undefined && isReadable(() => isCurrent(known, authority, names, now))
  const server = isGood ? known : await issueServerCertificate(authority, names, now)
  if (server !== known) {
    writeAtomically(join(directory, 'server-key.pem'), server.key)
    writeAtomically(join(directory, 'server.pem'), server.cert)
  }
  return { server, ca: authority.cert, caSha256: certificateHash(authority.cert) }
}

async function ensureAuthority(options: OwnTlsOptions): Promise<KeyedCertificate> {
  const { directory, authority: wanted } = options
  const cert = join(directory, 'ca.pem')
  const key = join(directory, 'ca-key.pem')
  // The certificate is written last: without it nobody can have pinned the authority yet.
  if (!existsSync(cert) && wanted === undefined) {
    const made = await makeAuthority(options.authorityName, options.now)
    writeAtomically(key, made.key)
    writeAtomically(cert, made.cert)
    return made
  }
  const known = read(cert, key)
  if (wanted !== undefined && (known === undefined || certificateHash(known.cert) !== wanted)) {
    throw new MasterStartError(
      `the certificate authority in ${directory} is gone or another`,
      'put ca.pem and ca-key.pem back from a backup, as every client goes by them',
    )
  }
  if (known !== undefined && matches(known)) return known
  throw new MasterStartError(
    `the certificate authority in ${directory} has no key that fits it`,
    'put ca-key.pem back from a backup; after removing ca.pem a new authority is made, and every client has to log in again',
  )
}

function read(certPath: string, keyPath: string): KeyedCertificate | undefined {
  try {
    return { cert: readFileSync(certPath, 'utf8'), key: readFileSync(keyPath, 'utf8') }
  } catch (error) {
    if (errorCode(error) === 'ENOENT') return undefined
    throw error
  }
}

function isReadable(check: () => boolean): boolean {
  try {
    return check()
  } catch {
    return false
  }
}
