import { execFileSync, spawnSync } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { describe, expect, it } from 'vitest'

const { resolve } = createRequire(import.meta.url)
const folder = dirname(resolve('@kontena/templates/ssh/check-host'))
const files = readdirSync(folder)
const hasShellcheck = spawnSync('shellcheck', ['--version']).error === undefined
if (!hasShellcheck)
  process.stdout.write('skipped: shellcheck of scripts for hosts, as it is missing\n')

describe('the scripts for hosts', () => {
  it.skipIf(!hasShellcheck)('hold shell that shellcheck has nothing to say about', () => {
    const paths = files.map((file) => join(folder, file))
    expect(execFileSync('shellcheck', ['--shell=sh', ...paths], { encoding: 'utf8' })).toBe('')
  })

  it.each(files)('%s stands in a function, so that it cannot hold the end of a payload', (file) => {
    const text = readFileSync(join(folder, file), 'utf8')
    expect(text).toMatch(/^#!\/bin\/sh\n# /)
    expect(text).not.toContain('END_OF_PAYLOAD')
    expect(spawnSync('sh', ['-n'], { input: `main() {\n${text}\n}\n` }).status).toBe(0)
  })
})
