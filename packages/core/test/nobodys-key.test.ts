import { expect, test } from 'vitest'
import { parseSshKey } from '../src/bootstrap-values.ts'
import { makeNobodysKey } from '../src/nobodys-key.ts'

test('it is a whole ED25519 key', () => {
  const line = makeNobodysKey()
  expect(parseSshKey(line)).toBe(line)
  const blob = Buffer.from(line.split(' ')[1] ?? '', 'base64')
  // Two parts behind their lengths: the kind, and 32 bytes of the key.
  expect(blob.length).toBe(4 + 11 + 4 + 32)
  expect(blob.subarray(4, 15).toString()).toBe('ssh-ed25519')
})

test('it is another one each time', () => {
  expect(makeNobodysKey()).not.toBe(makeNobodysKey())
})
