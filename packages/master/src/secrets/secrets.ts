import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { SecretPrint } from '../store/token-store.ts'

/** SHA-256 in hex. Enough for secrets of ours: they are random, so there is nothing to guess from. */
export function hashSecret(secret: string): string {
  return hashContent(secret)
}

/** What is stored of a secret of ours. */
export function printOf(secret: string): SecretPrint {
  return { hash: hashSecret(secret), lastFour: secret.slice(-4) }
}

/** Whether two texts are the same, in a time that does not tell how much of them is. */
export function isSameSecret(one: string, other: string): boolean {
  return timingSafeEqual(sha256(one), sha256(other))
}

/** SHA-256 in hex. */
export function hashContent(content: string | Uint8Array): string {
  return sha256(content).toString('hex')
}

function sha256(content: string | Uint8Array): Buffer {
  return createHash('sha256').update(content).digest()
}

export function randomHex(bytes: number): string {
  return randomBytes(bytes).toString('hex')
}

/** A grid's or a node's token as the 1.5 master made them: 64 random bytes in base64. */
export function randomToken(): string {
  return randomBytes(64).toString('base64')
}
