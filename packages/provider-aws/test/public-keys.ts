/** Made for these tests; nobody has the private halves. */
export const ed25519 = line('ssh-ed25519', Buffer.alloc(32, 7))
export const otherEd25519 = line('ssh-ed25519', Buffer.alloc(32, 8))
export const rsa = line('ssh-rsa', Buffer.from([1, 0, 1]), Buffer.alloc(257, 9))

function line(kind: string, ...fields: Buffer[]): string {
  const blob = Buffer.concat(
    [Buffer.from(kind), ...fields].flatMap((field) => [size(field), field]),
  )
  return `${kind} ${blob.toString('base64')}`
}

function size(field: Buffer): Buffer {
  const bytes = Buffer.alloc(4)
  bytes.writeUInt32BE(field.length)
  return bytes
}
