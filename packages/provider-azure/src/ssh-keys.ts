import { generateKeyPairSync } from 'node:crypto'

/**
 * Azure makes no machine without a key that it can read: RSA or ED25519. The bootstrap puts the others in
 * place, so one is enough, and where there is none the machine gets one whose other half nobody has.
 */
export function openSshKeys(): (given: readonly string[]) => string {
  let unusable: string | undefined
  return (given) => {
    const usable = given.find((line) => /^ssh-(rsa|ed25519) /.test(line))
    if (usable !== undefined) return usable
    unusable ??= generateKey()
    return unusable
  }
}

/** A public key in the format of `authorized_keys` (RFC 4253, section 6.6, and RFC 8709). */
function generateKey(): string {
  const { publicKey } = generateKeyPairSync('ed25519')
  // The last 32 bytes of the encoding are the key itself (RFC 8410).
  const raw = publicKey.export({ type: 'spki', format: 'der' }).subarray(-32)
  const blob = Buffer.concat([lengthed(Buffer.from('ssh-ed25519')), lengthed(raw)])
  return `ssh-ed25519 ${blob.toString('base64')} kontena`
}

function lengthed(bytes: Buffer): Buffer {
  const length = Buffer.alloc(4)
  length.writeUInt32BE(bytes.length)
  return Buffer.concat([length, bytes])
}
