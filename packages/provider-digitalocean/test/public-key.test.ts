import { describe, expect, test } from 'vitest'
import { keyWithoutPrivateHalf, readPublicKey } from '../src/public-key.ts'
import { ed25519Fingerprint, ed25519Key } from './public-keys.ts'

describe('a line of a public key file', () => {
  test('gives the fingerprint as ssh-keygen -l -E md5 does, and no comment', () => {
    expect(readPublicKey(`${ed25519Key} me@laptop\n`)).toEqual({
      line: ed25519Key,
      fingerprint: ed25519Fingerprint,
    })
  })

  test.each(['sk-ssh-ed25519@openssh.com AAAA', 'ssh-ed25519', '', 'ssh-dss AAAA'])(
    'is none that DigitalOcean takes: %s',
    (line) => {
      expect(readPublicKey(line)).toBeUndefined()
    },
  )
})

describe('a key that opens nothing', () => {
  test('is an ED25519 key in its form', () => {
    const { line } = keyWithoutPrivateHalf(['kontena', 'master', 'demo', 'fra1'])
    const blob = Buffer.from(line.replace('ssh-ed25519 ', ''), 'base64')
    expect(blob.readUInt32BE(0)).toBe(11)
    expect(blob.toString('latin1', 4, 15)).toBe('ssh-ed25519')
    expect(blob.readUInt32BE(15)).toBe(32)
    expect(blob).toHaveLength(51)
  })

  test('is the same for the same words only', () => {
    const of = (...words: string[]) => keyWithoutPrivateHalf(words).fingerprint
    expect(of('a', 'b')).toBe(of('a', 'b'))
    expect(new Set([of('a', 'b'), of('ab'), of('b', 'a'), of('a', 'b', 'c')]).size).toBe(4)
  })
})
