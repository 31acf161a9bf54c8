import { execFileSync } from 'node:child_process'
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { makeTar } from '../../src/master/tar.ts'

const hasTar = ['/bin/tar', '/usr/bin/tar'].some((file) => existsSync(file))
if (!hasTar) process.stdout.write('skipped: unpacking an archive, as tar is missing\n')

function folder(): string {
  const made = mkdtempSync(join(tmpdir(), 'kontena-tar-'))
  onTestFinished(() => rmSync(made, { recursive: true, force: true }))
  return made
}

describe('an archive', () => {
  it.skipIf(!hasTar)('unpacks to the same files with tar, whatever their size', () => {
    const sizes = [0, 1, 511, 512, 513, 100_000]
    const files = sizes.map((size) => ({ path: `a/b-${size}`, content: Buffer.alloc(size, size) }))
    const target = folder()
    writeFileSync(join(target, 'archive'), makeTar(files))

    const said = execFileSync('tar', ['-xf', 'archive'], { cwd: target, encoding: 'utf8' })

    expect(said).toBe('')
    for (const { path, content } of files) {
      expect(readFileSync(join(target, path)).equals(content)).toBe(true)
      expect(statSync(join(target, path)).mode & 0o777).toBe(0o644)
    }
  })

  it('is the same bytes each time, in whole blocks', () => {
    const files = [{ path: 'a', content: Buffer.from('text') }]
    expect(makeTar(files).equals(makeTar(files))).toBe(true)
    expect(makeTar(files).length % 512).toBe(0)
  })

  it.each(['', 'x'.repeat(101), 'with blank', 'ä'])('has no room for the name %j', (path) => {
    expect(() => makeTar([{ path, content: Buffer.of() }])).toThrow('cannot be in an archive')
  })
})
