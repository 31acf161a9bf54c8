import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { ProvisionError } from '@kontena/core'

/** A public key that EC2 can import. */
export interface PublicKey {
  /** `ssh-ed25519 AAAA…`: one line without the comment, which may name a person. */
  readonly line: string
  /** First 8 hex digits of the key's SHA-256. */
  readonly fingerprint: string
}

/** Reads a file as `ssh-keygen` writes it beside a private key. */
export async function readPublicKey(file: string, signal: AbortSignal): Promise<PublicKey> {
  const text = await readFile(file, { encoding: 'utf8', signal }).catch((error: unknown) => {
    if (signal.aborted) throw error
    throw new ProvisionError('LOCAL_FILE', `public key file ${file} cannot be read`, {
      hint: 'check the path and that you may read it',
      cause: error,
    })
  })
  const key = parsePublicKey(text)
  if (key !== undefined) return key
  const isPrivate = /PRIVATE KEY/.test(text)
  throw new ProvisionError(
    'BAD_OPTIONS',
    isPrivate ? `${file} is a private key` : `${file} is no RSA or ED25519 public key`,
    {
      hint: isPrivate
        ? `give the public one beside it, ${file}.pub`
        : 'EC2 takes no other kind; make one with ssh-keygen -t ed25519',
    },
  )
}

/** Undefined for what is no public key of a kind that EC2 takes. Comments do not count. */
export function parsePublicKey(text: string): PublicKey | undefined {
  const [kind, material = ''] = text.trim().split(/\s+/)
  if (kind !== 'ssh-rsa' && kind !== 'ssh-ed25519') return undefined
  const blob = Buffer.from(material, 'base64')
  // The blob repeats its kind, behind the length as 4 bytes (RFC 4253, section 6.6).
  const header = Buffer.concat([Buffer.from([0, 0, 0, kind.length]), Buffer.from(kind)])
  if (blob.length < 51 || !blob.subarray(0, header.length).equals(header)) return undefined
  return {
    line: `${kind} ${blob.toString('base64')}`,
    fingerprint: createHash('sha256').update(blob).digest('hex').slice(0, 8),
  }
}
