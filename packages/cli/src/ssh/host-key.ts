import { createHash } from 'node:crypto'
import { hostKey } from '@kontena/protocol'

/** A machine's public SSH key, as its node record has it. */
export interface HostKey {
  /** As in `ssh-ed25519`. */
  readonly type: string
  /** The key itself, in base64. */
  readonly data: string
  /** `SHA256:` and the hash as `ssh-keygen -l` prints it. */
  readonly fingerprint: string
}

/**
 * The keys of a record that are plain keys. A certificate proves nothing by itself, and a master of
 * another version may hold what ours takes from no machine; neither is a reason to trust anybody.
 */
export function readHostKeys(lines: readonly string[]): HostKey[] {
  return lines.flatMap((line) => {
    if (!hostKey.safeParse(line).success) return []
    const [type = '', data = ''] = line.split(' ')
    const bytes = Buffer.from(data, 'base64')
    if (type.includes('-cert-') || nameIn(bytes) !== type) return []
    const hash = createHash('sha256').update(bytes).digest('base64').replace(/=+$/, '')
    return [{ type, data, fingerprint: `SHA256:${hash}` }]
  })
}

/** A key says its type itself, as the first of its strings (RFC 4253, section 6.6). */
function nameIn(key: Buffer): string | undefined {
  if (key.length < 4) return undefined
  const length = key.readUInt32BE(0)
  return length > key.length - 4 ? undefined : key.toString('latin1', 4, 4 + length)
}
