import { randomBytes } from 'node:crypto'

/** A line that has the form of a public key, and nobody's private key behind it. */
export function makeSshKey(type: string, bytes = 32): string {
  const field = (content: Buffer): Buffer => {
    const length = Buffer.alloc(4)
    length.writeUInt32BE(content.length)
    return Buffer.concat([length, content])
  }
  const data = Buffer.concat([field(Buffer.from(type)), field(randomBytes(bytes))])
  return `${type} ${data.toString('base64')}`
}
