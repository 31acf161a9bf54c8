import { gzipSync } from 'node:zlib'

/** What a provider takes: bytes before base64, and whether they may be gzipped. */
export interface UserDataLimit {
  readonly bytes: number
  readonly gzip: boolean
}

/**
 * A document as user data, as small as the provider's own rules let it be. Where those want text, a document
 * above the limit becomes a MIME message of it, gzipped: cloud-init unpacks that before anything else.
 * Without time and chance, so that a repeated call carries the same bytes.
 */
export function packUserData(document: string, { bytes, gzip }: UserDataLimit): Uint8Array {
  const plain = Buffer.from(document)
  if (!gzip && plain.length <= bytes) return plain
  const packed = gzipSync(plain, { level: 9 })
  return gzip ? packed : Buffer.from(mimeMessage(packed))
}

/** RFC 2045 allows 76 characters in a line of base64. */
function mimeMessage(content: Buffer): string {
  const lines = content.toString('base64').match(/.{1,76}/g) ?? []
  const headers = [
    'MIME-Version: 1.0',
    'Content-Type: application/gzip',
    'Content-Transfer-Encoding: base64',
  ]
  return [...headers, '', ...lines, ''].join('\n')
}
