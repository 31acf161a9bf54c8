import { createHash } from 'node:crypto'

/** A host's public key as it comes over the wire (RFC 4253, section 6.6). */
export interface HostKey {
  /** As in `ssh-ed25519`. */
  readonly type: string
  readonly data: Buffer
}

/** Host key types we understand, best first; RSA keys sign with three algorithms (RFC 8332). */
const algorithmsOfType = {
  'ssh-ed25519': ['ssh-ed25519'],
  'ecdsa-sha2-nistp256': ['ecdsa-sha2-nistp256'],
  'ecdsa-sha2-nistp384': ['ecdsa-sha2-nistp384'],
  'ecdsa-sha2-nistp521': ['ecdsa-sha2-nistp521'],
  'ssh-rsa': ['rsa-sha2-512', 'rsa-sha2-256'],
} as const
export type HostKeyAlgorithm = (typeof algorithmsOfType)[keyof typeof algorithmsOfType][number]

/** The key's own first field is its type. */
export function readHostKey(data: Buffer): HostKey {
  const length = data.length < 4 ? 0 : data.readUInt32BE(0)
  return { type: data.subarray(4, 4 + Math.min(length, 64)).toString('latin1'), data }
}

/** As `ssh-keygen -l` shows it. */
export function fingerprintOf({ data }: HostKey): string {
  return `SHA256:${createHash('sha256').update(data).digest('base64').replace(/=+$/, '')}`
}

/** Whether somebody named this key. */
export function isPinned(key: HostKey, pins: readonly string[]): boolean {
  const fingerprint = fingerprintOf(key)
  return pins.some((pin) => isFingerprint(pin, fingerprint))
}

/** Whether what somebody typed is this fingerprint, with or without the padding of base64. */
export function isFingerprint(pin: string, fingerprint: string): boolean {
  return pin.replace(/=+$/, '') === fingerprint
}

/** Names in people's words, as in `ED25519`. */
export function kindOf({ type }: HostKey): string {
  return type.replace(/^ssh-/, '').replace(/-.*/, '').toUpperCase()
}

/**
 * What to ask a server for: the types of which a key is known before all others, as OpenSSH does; else a
 * server that has several keys would show one that nobody has seen. Never those in `except`.
 */
export function orderAlgorithms(
  known: ReadonlySet<string>,
  except: ReadonlySet<string> = new Set(),
): HostKeyAlgorithm[] {
  const types = Object.entries(algorithmsOfType).filter(([type]) => !except.has(type))
  const isKnown = ([type]: (typeof types)[number]): boolean => known.has(type)
  return [...types.filter(isKnown), ...types.filter((type) => !isKnown(type))].flatMap(
    ([, algorithms]) => [...algorithms],
  )
}
