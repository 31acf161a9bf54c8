import { execFileSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { iso9660 } from '../../src/vm/iso9660.ts'

const sector = 2048
const long = Buffer.alloc(5000, 'x')
const files = { 'user-data': '#cloud-config\n', 'ovf-env.xml': long, 'meta-data': '' }

/** Reads the root folder as ECMA-119 lays it out. */
function readBack(image: Buffer): Record<string, string> {
  const root = image.readUInt32LE(16 * sector + 156 + 2)
  const found: Record<string, string> = {}
  for (let at = root * sector; image.readUInt8(at) > 0; at += image.readUInt8(at)) {
    const name = image.toString('latin1', at + 33, at + 33 + image.readUInt8(at + 32))
    if (name.length < 2) continue
    const start = image.readUInt32LE(at + 2) * sector
    expect(image.readUInt32BE(at + 6) * sector).toBe(start)
    found[name] = image.toString('latin1', start, start + image.readUInt32LE(at + 10))
  }
  return found
}

describe('a CD image', () => {
  test('has its label, its size and its files, whatever their length', () => {
    const image = iso9660('cidata', files)
    expect(image.toString('latin1', 16 * sector + 1, 16 * sector + 6)).toBe('CD001')
    expect(image.toString('latin1', 16 * sector + 40, 16 * sector + 72).trimEnd()).toBe('cidata')
    expect(image.readUInt32LE(16 * sector + 80) * sector).toBe(image.length)
    expect(readBack(image)).toEqual({
      'META-DATA.;1': '',
      'OVF-ENV.XML;1': long.toString(),
      'USER-DATA.;1': '#cloud-config\n',
    })
  })

  test('is the same for the same files', () => {
    expect(iso9660('a', files).equals(iso9660('a', files))).toBe(true)
  })

  test('with more files than a sector names is refused', () => {
    const many = Object.fromEntries(Array.from({ length: 60 }, (_, at) => [`file-${at}`, '']))
    expect(() => iso9660('a', many)).toThrow('too many files')
  })

  test('is read by the tools of others', ({ skip }) => {
    const folder = mkdtempSync(join(tmpdir(), 'kontena-iso-'))
    onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
    const path = join(folder, 'seed.iso')
    writeFileSync(path, iso9660('cidata', files))
    const names = listed(path)
    if (names === undefined) {
      process.stderr.write('skipped: isoinfo is not installed, so nobody else read the CD image\n')
      return skip()
    }
    expect(names).toEqual(['/META-DATA.;1', '/OVF-ENV.XML;1', '/USER-DATA.;1'])
    const content = execFileSync('isoinfo', ['-i', path, '-x', '/OVF-ENV.XML;1'])
    expect(content.equals(long)).toBe(true)
  })
})

/** Undefined where there is no isoinfo. */
function listed(path: string): readonly string[] | undefined {
  try {
    const text = execFileSync('isoinfo', ['-i', path, '-f'], { encoding: 'utf8' })
    return text.trim().split('\n').sort()
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
    throw error
  }
}
