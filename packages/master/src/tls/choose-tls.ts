import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { isWildcard } from '../listening.ts'
import { errorCode, MasterStartError } from '../start-error.ts'
import { type KeyedCertificate, matches } from './keyed-certificate.ts'
import type { OwnTls } from './own-tls.ts'

export interface TlsChoice {
  dataDir: string
  host: string
  publicUrl?: string
  tls?: boolean
  tlsCert?: string
  tlsKey?: string
  uuid: string
  now: Date
}

export interface Tls {
  readonly server: KeyedCertificate
  /** Where the certificate is of the master's own authority. */
  readonly own?: OwnTls
}

/** The certificate that was given, one of our own authority, or undefined for plain HTTP. */
export async function chooseTls(options: TlsChoice): Promise<Tls | undefined> {
  const { tlsCert, tlsKey } = options
  if ((tlsCert === undefined) !== (tlsKey === undefined)) {
    throw new MasterStartError(
      'a certificate and its key belong together',
      'give both --tls-cert and --tls-key',
    )
  }
  if (tlsCert !== undefined && tlsKey !== undefined) {
    if (options.tls === true) {
      throw new MasterStartError(
        '--tls makes a certificate, --tls-cert brings one',
        'give one of them',
      )
    }
    return { server: givenCertificate(tlsCert, tlsKey) }
  }
  if (options.tls !== true) return undefined
  // Loaded only here: making certificates takes more code than all the rest of the master.
  const { ownTls } = await import('./own-tls.ts')
  const own = await ownTls({
    directory: join(options.dataDir, 'tls'),
    names: namesOf(options),
    authorityName: `Kontena Master ${options.uuid.slice(0, 8)}`,
    now: options.now,
  })
  return { server: own.server, own }
}

function namesOf({ publicUrl, host }: TlsChoice): string[] {
  const publicHost = publicUrl === undefined ? [] : [new URL(publicUrl).hostname]
  const bound = isWildcard(host) ? [] : [host]
  const names = [...publicHost, ...bound, 'localhost', '127.0.0.1', '::1']
  return [...new Set(names.map((name) => name.replace(/^\[(.*)\]$/, '$1')))]
}

function givenCertificate(certPath: string, keyPath: string): KeyedCertificate {
  const given = { cert: readPem(certPath), key: readPem(keyPath) }
  requirePem(certPath, 'certificate', () => new X509Certificate(given.cert))
  requirePem(keyPath, 'private key', () => createPrivateKey(given.key))
  if (matches(given)) return given
  throw new MasterStartError(
    `the certificate ${certPath} and the key ${keyPath} do not belong together`,
    'give the key that the certificate was made for',
  )
}

function readPem(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new MasterStartError(
      `${path} cannot be read (${errorCode(error)})`,
      'check the path and that this user may read it',
      { cause: error },
    )
  }
}

function requirePem(path: string, what: string, parse: () => unknown): void {
  try {
    parse()
  } catch (error) {
    throw new MasterStartError(`${path} holds no ${what} in PEM`, 'convert it to PEM first', {
      cause: error,
    })
  }
}
