import fs from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { makePrivateFolder, replacePrivateFile } from '../src/private-files.ts'

let folder: string
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'kontena-private-'))
})
afterEach(() => fs.rmSync(folder, { recursive: true }))

const modeOf = (path: string): string => (fs.statSync(path).mode & 0o777).toString(8)

describe('a private folder', () => {
  it('is made with those above it, for its owner alone', () => {
    const path = join(folder, 'vagrant', 'web-1')
    makePrivateFolder(path)
    expect(modeOf(path)).toBe('700')
  })

  it('that others could read is theirs no more', () => {
    const path = join(folder, 'open')
    fs.mkdirSync(path, { mode: 0o755 })
    makePrivateFolder(path)
    expect(modeOf(path)).toBe('700')
  })

  it('is refused by name where a file stands', () => {
    const path = join(folder, 'taken')
    fs.writeFileSync(path, '')
    expect(() => makePrivateFolder(path)).toThrow(
      expect.objectContaining({ code: 'LOCAL_FILE', message: expect.stringContaining(path) }),
    )
  })
})

describe('a private file', () => {
  it('is readable for its owner alone, also in place of one that was not', () => {
    const path = join(folder, 'key')
    fs.writeFileSync(path, 'old', { mode: 0o644 })
    replacePrivateFile(path, 'new')
    expect(fs.readFileSync(path, 'utf8')).toBe('new')
    expect(modeOf(path)).toBe('600')
  })

  it('stays as it was, and leaves no draft, where it cannot be replaced', () => {
    const path = join(folder, 'key')
    fs.mkdirSync(join(path, 'full'), { recursive: true })
    expect(() => replacePrivateFile(path, 'new')).toThrow(
      expect.objectContaining({ code: 'LOCAL_FILE', hint: expect.stringContaining('room') }),
    )
    expect(fs.readdirSync(folder)).toEqual(['key'])
  })
})
