import { createPrivateKey, X509Certificate } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { createSecureContext } from 'node:tls'
import { errorCode, MasterStartError } from '../start/start-error.ts'
import { type KeyedCertificate, matches } from './keyed-certificate.ts'

/** A certificate and its key from files in PEM. Throws {@link MasterStartError} where they cannot be served. */
export function readCertificate(certPath: string, keyPath: string): KeyedCertificate {
  const given = { cert: readPem(certPath), key: readPem(keyPath) }
  requirePem(certPath, 'certificate', () => new X509Certificate(given.cert))
  requirePem(keyPath, 'private key', () => createPrivateKey(given.key))
  if (!matches(given)) {
    throw new MasterStartError(
      `the certificate ${certPath} and the key ${keyPath} do not belong together`,
      'give the key that the certificate was made for',
    )
  }
  requirePem(certPath, 'certificate that can be served', () => createSecureContext(given))
  return given
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
