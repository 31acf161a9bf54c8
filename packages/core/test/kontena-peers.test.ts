import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { readNodeFile } from '../src/bootstrap-templates.ts'
import { makeFolder } from './bootstrap-machine.ts'

/** Does what systemd would with the unit, where nft ends so and meanwhile does this. */
function startUnit(folder: string, nft: string): void {
  const lines = readNodeFile('kontena-peers.service').matchAll(
    /^ExecStart(?:Pre|Post)?=(-?)(.*)$/gm,
  )
  for (const [, isOptional, line = ''] of lines) {
    const command = line.replace(/^nft .*/, nft).replaceAll('/run/kontena', folder)
    try {
      execFileSync('sh', ['-c', command], { stdio: 'pipe' })
    } catch (error) {
      if (isOptional === '') throw error
    }
  }
}

describe('the unit that loads the peers of the host firewall', () => {
  it('leaves a copy of what was loaded', () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'peers.nft'), 'ten peers')

    startUnit(folder, 'true')

    expect(readFileSync(join(folder, 'peers.applied'), 'utf8')).toBe('ten peers')
  })

  it('leaves none of what was refused', () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'peers.nft'), 'ten peers')
    startUnit(folder, 'true')
    writeFileSync(join(folder, 'peers.nft'), 'nonsense')

    expect(() => startUnit(folder, 'false')).toThrow()

    expect(readFileSync(join(folder, 'peers.applied'), 'utf8')).toBe('ten peers')
  })

  it('claims nothing of what came while it loaded', () => {
    const folder = makeFolder()
    writeFileSync(join(folder, 'peers.nft'), 'ten peers')

    startUnit(folder, 'echo eleven peers > /run/kontena/peers.nft')

    expect(readFileSync(join(folder, 'peers.applied'), 'utf8')).toBe('ten peers')
  })

  it('needs no peers', () => {
    const folder = makeFolder()

    startUnit(folder, 'true')

    expect(existsSync(join(folder, 'peers.applied'))).toBe(false)
  })
})
