import { createHash } from 'node:crypto'

export interface PublicKey {
  /** One line without the comment, which may name a person. */
  readonly line: string
  /** MD5 of the key, as DigitalOcean names keys: `3b:16:e4:…`. */
  readonly fingerprint: string
}

/** Kinds that DigitalOcean takes; keys on a security token are none of them. */
const kinds = /^(ssh-rsa|ssh-ed25519|ecdsa-sha2-nistp(256|384|521))$/

/** A line of a public key file. Undefined for a kind that DigitalOcean does not take. */
export function readPublicKey(line: string): PublicKey | undefined {
  const [kind = '', material = ''] = line.trim().split(/\s+/)
  if (!kinds.test(kind) || material === '') return undefined
  return fromBlob(kind, Buffer.from(material, 'base64'))
}

/**
 * A key that opens nothing: its 32 bytes are a hash, so that no private half of it was ever made. The
 * same words give the same key, which can then be looked up by its fingerprint.
 */
export function keyWithoutPrivateHalf(words: readonly string[]): PublicKey {
  const kind = 'ssh-ed25519'
  const point = createHash('sha256').update(words.join('\n')).digest()
  // RFC 4253, 6.6, and RFC 8709, 4: each part behind its length.
  return fromBlob(kind, Buffer.concat([part(Buffer.from(kind)), part(point)]))
}

function fromBlob(kind: string, blob: Buffer): PublicKey {
  const digits = createHash('md5').update(blob).digest('hex')
  return {
    line: `${kind} ${blob.toString('base64')}`,
    fingerprint: (digits.match(/../g) ?? []).join(':'),
  }
}

function part(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
