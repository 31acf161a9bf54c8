import { createPublicKey } from 'node:crypto'
import { expect, test } from 'vitest'
import { openSshKeys } from '../src/ssh-keys.ts'

test('the first key that Azure can read is taken', () => {
  const choose = openSshKeys()
  const keys = ['ecdsa-sha2-nistp256 AAAA', 'ssh-rsa BBBB me', 'ssh-ed25519 CCCC']
  expect(choose(keys)).toBe('ssh-rsa BBBB me')
})

test('without one a key is made, once a session, whose form is right', () => {
  const choose = openSshKeys()
  const line = choose([])
  expect(choose(['ecdsa-sha2-nistp256 AAAA'])).toBe(line)
  expect(openSshKeys()([])).not.toBe(line)
  const [kind, blob = ''] = line.split(' ')
  const bytes = Buffer.from(blob, 'base64')
  expect(kind).toBe('ssh-ed25519')
  expect(bytes.readUInt32BE(0)).toBe(11)
  expect(bytes.subarray(4, 15).toString()).toBe('ssh-ed25519')
  expect(bytes.readUInt32BE(15)).toBe(32)
  const x = bytes.subarray(19).toString('base64url')
  expect(() =>
    createPublicKey({ key: { kty: 'OKP', crv: 'Ed25519', x }, format: 'jwk' }),
  ).not.toThrow()
})
