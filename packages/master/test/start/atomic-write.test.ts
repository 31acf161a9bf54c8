import {
  closeSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { writeAtomically } from '../../src/start/atomic-write.ts'
import { temporaryDirectory } from '../fixtures/temporary-directory.ts'

it('a file that is written atomically is for its owner alone, whatever was left there before', () => {
  const directory = temporaryDirectory()
  const path = join(directory, 'secret')
  writeFileSync(path, 'old', { mode: 0o644 })
  writeFileSync(`${path}.new`, 'left by a write that was cut off, and longer', { mode: 0o666 })
  writeAtomically(path, 'new')
  expect(readFileSync(path, 'utf8')).toBe('new')
  expect(statSync(path).mode & 0o777).toBe(0o600)
  expect(readdirSync(directory)).toEqual(['secret'])
})

it('a file that is written atomically is read along by nobody, and follows no link', () => {
  const directory = temporaryDirectory()
  const path = join(directory, 'secret')
  writeFileSync(`${path}.new`, '')
  const held = openSync(`${path}.new`, 'r')
  writeAtomically(path, 'new')
  expect(readFileSync(held, 'utf8')).toBe('')
  closeSync(held)
  writeFileSync(join(directory, 'other'), 'precious')
  symlinkSync('other', `${path}.new`)
  writeAtomically(path, 'newer')
  expect(readFileSync(join(directory, 'other'), 'utf8')).toBe('precious')
  expect(readFileSync(path, 'utf8')).toBe('newer')
})

it('a file that cannot be replaced stays as it was', () => {
  const path = join(temporaryDirectory(), 'missing', 'secret')
  expect(() => writeAtomically(path, 'new')).toThrow('ENOENT')
})
