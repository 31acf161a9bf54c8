import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it, onTestFinished } from 'vitest'
import { packMasterProgram } from '../../src/master/master-program.ts'

const runs = process.platform === 'linux' && existsSync('/usr/bin/env')
if (!runs) process.stdout.write('skipped: the packed master, which is for Linux\n')

it.skipIf(!runs)('what is packed runs a master by itself, wherever it is unpacked', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-packed-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  const program = await packMasterProgram()
  expect(program.length).toBeLessThan(12_000_000)
  writeFileSync(join(folder, 'program.tar.gz'), program)
  execFileSync('tar', ['-xzf', 'program.tar.gz'], { cwd: folder })

  const words = ['dist/kontena.cjs', 'master', 'start', '--port', '0', '--data', 'data', '--tls']
  const child = spawn(process.execPath, words, {
    cwd: folder,
    env: { HOME: folder, INITIAL_ADMIN_CODE: 'c0de' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onTestFinished(() => {
    child.kill('SIGKILL')
  })
  let said = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    said += text
  })

  await expect
    .poll(() => said, { timeout: 20_000 })
    .toMatch(/ listens at https:\/\/127\.0\.0\.1:\d+\n/)
  await expect.poll(() => said).toContain('--code c0de')
  child.kill('SIGTERM')
  expect(await once(child, 'exit')).toEqual([0, null])
})
