import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { parsePublicKey, readPublicKey } from '../src/public-key.ts'
import { makeFolder } from './folder.ts'
import { ed25519, otherEd25519, rsa } from './public-keys.ts'

describe('parsePublicKey', () => {
  test.each([
    ['RSA', rsa],
    ['ED25519', ed25519],
  ])('takes an %s key and drops its comment', (_, line) => {
    expect(parsePublicKey(`  ${line} me@home, with more\n`)?.line).toBe(line)
  })

  test('tells keys apart by their fingerprint, not by their comment', () => {
    const fingerprint = parsePublicKey(ed25519)?.fingerprint
    expect(parsePublicKey(`${ed25519} x`)?.fingerprint).toBe(fingerprint)
    expect(parsePublicKey(otherEd25519)?.fingerprint).not.toBe(fingerprint)
  })

  test.each([
    ['nothing', ''],
    ['a kind that EC2 does not take', ed25519.replace('ssh-ed25519', 'ecdsa-sha2-nistp256')],
    ['a blob of another kind', ed25519.replace('ssh-ed25519', 'ssh-rsa')],
    ['half a key', ed25519.slice(0, 40)],
    ['no base64', 'ssh-ed25519 %%%%'],
  ])('refuses %s', (_, text) => {
    expect(parsePublicKey(text)).toBeUndefined()
  })
})

describe('readPublicKey', () => {
  const { signal } = new AbortController()
  const fileOf = async (text: string) => {
    const file = join(await makeFolder(), 'id')
    await writeFile(file, text)
    return file
  }

  test('sends to the public half for a private key, and shows none of it', async () => {
    const file = await fileOf('-----BEGIN OPENSSH PRIVATE KEY-----\nb3BlbnNzaC1r\n')
    await expect(readPublicKey(file, signal)).rejects.toMatchObject({
      code: 'BAD_OPTIONS',
      message: `${file} is a private key`,
      hint: `give the public one beside it, ${file}.pub`,
    })
  })

  test('says what EC2 takes for anything else', async () => {
    const file = await fileOf('hello\n')
    await expect(readPublicKey(file, signal)).rejects.toMatchObject({
      message: `${file} is no RSA or ED25519 public key`,
    })
  })

  test('is cut off like any other call', async () => {
    const file = await fileOf(ed25519)
    const aborted = readPublicKey(file, AbortSignal.abort())
    await expect(aborted).rejects.toMatchObject({ name: 'AbortError' })
  })
})
