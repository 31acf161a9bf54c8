import { generateKeyPairSync } from 'node:crypto'
import {
  DeleteKeyPairCommand,
  DescribeKeyPairsCommand,
  type EC2Client,
  ImportKeyPairCommand,
} from '@aws-sdk/client-ec2'
import { describe, expect, test } from 'vitest'
import { openSandbox, refusalCode } from './open.ts'

/** An OpenSSH public key line of length-prefixed fields. */
function sshLine(type: string, ...fields: readonly Buffer[]): string {
  const blob = Buffer.concat(
    [Buffer.from(type), ...fields].flatMap((field) => {
      const length = Buffer.alloc(4)
      length.writeUInt32BE(field.length)
      return [length, field]
    }),
  )
  return `${type} ${blob.toString('base64')} somebody@somewhere`
}

function rsaLine(modulusLength: number): string {
  const { n = '', e = '' } = generateKeyPairSync('rsa', { modulusLength }).publicKey.export({
    format: 'jwk',
  })
  const modulus = Buffer.concat([Buffer.alloc(1), Buffer.from(n, 'base64url')])
  return sshLine('ssh-rsa', Buffer.from(e, 'base64url'), modulus)
}

const ed25519 = sshLine('ssh-ed25519', Buffer.alloc(32, 7))

function importKey(ec2: EC2Client, line: string, KeyName = 'mine') {
  const PublicKeyMaterial = Buffer.from(line)
  return ec2.send(new ImportKeyPairCommand({ KeyName, PublicKeyMaterial }))
}

describe('a key pair', () => {
  test('of type ED25519 has a SHA-256 fingerprint', async () => {
    const { ec2 } = await openSandbox()
    const made = await importKey(ec2, ed25519)
    expect(made.KeyFingerprint).toMatch(/^[A-Za-z0-9+/]{43}=$/)
    const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({ IncludePublicKey: true }))
    expect(KeyPairs).toMatchObject([{ KeyName: 'mine', KeyType: 'ed25519', PublicKey: ed25519 }])
  })
  test('of type RSA has an MD5 fingerprint', async () => {
    const { ec2 } = await openSandbox()
    expect((await importKey(ec2, rsaLine(2048))).KeyFingerprint).toMatch(/^([0-9a-f]{2}:){15}..$/)
    const Filters = [{ Name: 'key-name', Values: ['m*'] }]
    const { KeyPairs } = await ec2.send(new DescribeKeyPairsCommand({ Filters }))
    expect(KeyPairs).toMatchObject([{ KeyType: 'rsa' }])
    expect(KeyPairs?.[0]?.PublicKey).toBeUndefined()
  })
  test.each([
    ['text', 'hello'],
    [
      'another kind of key',
      sshLine('ecdsa-sha2-nistp256', Buffer.from('nistp256'), Buffer.alloc(65)),
    ],
    ['a key that says it is another', ed25519.replace('ssh-ed25519', 'ssh-rsa')],
    ['a key cut short', ed25519.slice(0, 60)],
    ['an RSA key of an odd size', rsaLine(1536)],
  ])('cannot be %s', async (_what, line) => {
    const { ec2 } = await openSandbox()
    expect(await refusalCode(importKey(ec2, line))).toBe('InvalidKey.Format')
  })
  test('has a name that nobody has yet', async () => {
    const { ec2 } = await openSandbox()
    await importKey(ec2, ed25519)
    expect(await refusalCode(importKey(ec2, ed25519))).toBe('InvalidKeyPair.Duplicate')
  })
  test('is deleted by name or id, and once more without complaint', async () => {
    const { ec2, sandbox } = await openSandbox()
    await importKey(ec2, ed25519)
    const { KeyPairId } = await importKey(ec2, ed25519, 'other')
    await ec2.send(new DeleteKeyPairCommand({ KeyName: 'mine' }))
    await ec2.send(new DeleteKeyPairCommand({ KeyName: 'mine' }))
    await ec2.send(new DeleteKeyPairCommand({ KeyPairId }))
    expect(sandbox.ec2.keyPairs()).toEqual([])
    const call = ec2.send(new DescribeKeyPairsCommand({ KeyNames: ['mine'] }))
    expect(await refusalCode(call)).toBe('InvalidKeyPair.NotFound')
  })
})
