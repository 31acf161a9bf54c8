import { createHash, createPublicKey } from 'node:crypto'
import { Ec2Error } from '../wire/errors.ts'

export interface PublicKey {
  readonly type: 'rsa' | 'ed25519'
  /** As EC2 computes it for imported keys: MD5 of the DER form for RSA, SHA-256 for ED25519. */
  readonly fingerprint: string
}

/** Bits of RSA keys that EC2 takes. */
const rsaSizes = [1024, 2048, 3072, 4096]

/** @throws Ec2Error for what is no OpenSSH public key, RSA or ED25519 */
export function readPublicKey(material: string): PublicKey {
  const [word = '', encoded = ''] = material.trim().split(/\s+/)
  const blob = Buffer.from(encoded, 'base64')
  const [type, ...fields] = sshFields(blob)
  if (type?.toString() !== word) throw malformed()
  if (word === 'ssh-ed25519' && fields.length === 1 && fields[0]?.length === 32) {
    return { type: 'ed25519', fingerprint: createHash('sha256').update(blob).digest('base64') }
  }
  const [exponent, modulus] = fields
  if (word !== 'ssh-rsa' || exponent === undefined || modulus === undefined) throw malformed()
  const key = createPublicKey({
    format: 'jwk',
    key: {
      kty: 'RSA',
      e: exponent.toString('base64url'),
      n: trimSign(modulus).toString('base64url'),
    },
  })
  const bits = key.asymmetricKeyDetails?.modulusLength ?? 0
  if (!rsaSizes.includes(bits)) {
    throw new Ec2Error('InvalidKey.Format', `Key length of ${bits} bits is not supported.`)
  }
  const md5 = createHash('md5')
    .update(key.export({ type: 'spki', format: 'der' }))
    .digest('hex')
  return { type: 'rsa', fingerprint: (md5.match(/../g) ?? []).join(':') }
}

/** The length-prefixed fields of an OpenSSH key; none where the lengths do not add up. */
function sshFields(blob: Buffer): readonly Buffer[] {
  const fields: Buffer[] = []
  let at = 0
  while (at + 4 <= blob.length) {
    const length = blob.readUInt32BE(at)
    if (at + 4 + length > blob.length) return []
    fields.push(blob.subarray(at + 4, at + 4 + length))
    at += 4 + length
  }
  return at === blob.length ? fields : []
}

/** A number whose first bit is set has a zero byte before it, which JWK does without. */
function trimSign(number: Buffer): Buffer {
  return number[0] === 0 ? number.subarray(1) : number
}

function malformed(): Ec2Error {
  return new Ec2Error('InvalidKey.Format', 'Key is not in valid OpenSSH public key format')
}
