import { generateKeyPairSync } from 'node:crypto'

/**
 * A public key whose private half nobody has, as a line of `authorized_keys` (RFC 4253, 6.6, and RFC 8709):
 * for clouds that make no machine without a key, or send a password for it.
 */
export function makeNobodysKey(): string {
  const { x = '' } = generateKeyPairSync('ed25519').publicKey.export({ format: 'jwk' })
  const blob = [Buffer.from('ssh-ed25519'), Buffer.from(x, 'base64url')].flatMap((part) => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(part.length)
    return [length, part]
  })
  return `ssh-ed25519 ${Buffer.concat(blob).toString('base64')} nobody`
}
