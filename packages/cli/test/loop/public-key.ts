const blob = Buffer.concat([
  Buffer.from('0000000b7373682d6564323535313900000020', 'hex'),
  Buffer.alloc(32, 7),
])

/** A well-formed key that nobody has the other half of. */
export const publicKey = `ssh-ed25519 ${blob.toString('base64')} test\n`
