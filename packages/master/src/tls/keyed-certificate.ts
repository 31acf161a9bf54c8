import { createPublicKey, X509Certificate } from 'node:crypto'
import { isIP } from 'node:net'

/** PEM of a certificate and of its private key. */
export interface KeyedCertificate {
  readonly cert: string
  readonly key: string
}

/** Milliseconds before its end at which a certificate is renewed. */
const renewal = 30 * 24 * 60 * 60 * 1000

/**
 * Whether a server certificate is good for these names, from this authority, for 30 days more. One that
 * was made while the clock was ahead is good for nobody until then.
 */
export function isCurrent(
  server: KeyedCertificate,
  authority: KeyedCertificate,
  names: readonly string[],
  now: Date,
): boolean {
  const certificate = new X509Certificate(server.cert)
  const covers = (name: string): boolean =>
    (isIP(name) === 0 ? certificate.checkHost(name) : certificate.checkIP(name)) !== undefined
  return (
    matches(server) &&
    certificate.verify(createPublicKey(authority.cert)) &&
    Date.parse(certificate.validFrom) <= now.getTime() &&
    Date.parse(certificate.validTo) - now.getTime() > renewal &&
    names.every(covers)
  )
}

/** Whether a certificate and a key belong together. A key that cannot be read does not. */
export function matches({ cert, key }: KeyedCertificate): boolean {
  try {
    return createPublicKey(key).equals(new X509Certificate(cert).publicKey)
  } catch {
    return false
  }
}

/** SHA-256 in hex over the certificate itself (DER): what people compare before they trust it. */
export function certificateHash(pem: string): string {
  return new X509Certificate(pem).fingerprint256.replaceAll(':', '').toLowerCase()
}
