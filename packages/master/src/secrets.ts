import { createHash, randomBytes } from 'node:crypto'

/** SHA-256 in hex. Enough for secrets of ours: they are random, so there is nothing to guess from. */
export function hashSecret(secret: string): string {
  return hashContent(secret)
}

/** SHA-256 in hex. */
export function hashContent(content: string | Uint8Array): string {
  return createHash('sha256').update(content).digest('hex')
}

export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

/** A grid's or a node's token as the 1.5 master made them: 64 random bytes in base64. */
export function randomToken(): string {
  return randomBytes(64).toString('base64')
}
