import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { openLauncher } from '../../src/machine/launcher.ts'

function open() {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-launcher-'))
  const launcher = openLauncher(folder)
  onTestFinished(async () => {
    await launcher.close()
    rmSync(folder, { recursive: true, force: true })
  })
  let text = ''
  const sh = (script: string, output?: string) =>
    launcher.start({
      file: '/bin/sh',
      arguments: ['-c', script],
      cwd: folder,
      environment: { ONLY: 'this' },
      output:
        output ??
        ((more) => {
          text += more
        }),
    })
  return { launcher, folder, sh, text: () => text }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch {
    return false
  }
}

describe('a launched process', () => {
  test('has its output told, from both of its streams', async () => {
    const { sh, text } = open()
    expect(await sh('echo "out $ONLY $HOME"; echo err 🚀 >&2').ended).toBeUndefined()
    expect(text().split('\n').sort()).toEqual(['', 'err 🚀', 'out this '])
  })
  test('writes to the end of a file where it is given one', async () => {
    const { sh, folder } = open()
    const log = join(folder, 'log')
    await sh('echo one', log).ended
    await sh('echo two', log).ended
    expect(readFileSync(log, 'utf8')).toBe('one\ntwo\n')
  })
  test('tells how it failed', async () => {
    const { sh, launcher, folder } = open()
    expect(await sh('exit 7').ended).toBe('exit code 7')
    expect(await sh('kill -9 $$').ended).toBe('ended by SIGKILL')
    const missing = {
      file: join(folder, 'missing'),
      cwd: folder,
      environment: {},
      output: () => {},
    }
    expect(await launcher.start(missing).ended).toContain('ENOENT')
    expect(await sh('true', join(folder, 'no/such/log')).ended).toContain('ENOENT')
  })
  test('is signalled together with what it started', async () => {
    const { sh, text } = open()
    const child = sh('/bin/sleep 300 & echo $!; wait')
    await vi.waitFor(() => expect(text()).toMatch(/\d+\n/), 5000)
    child.signal('SIGKILL')
    expect(await child.ended).toBe('ended by SIGKILL')
    await vi.waitFor(() => expect(isAlive(Number(text()))).toBe(false), 5000)
    child.signal('SIGTERM')
  })
})

test('closing ends what runs, and a launcher that was never used closes too', async () => {
  const { launcher, sh, text } = open()
  await launcher.close()
  const child = sh('echo $$; exec /bin/sleep 300')
  await vi.waitFor(() => expect(text()).toMatch(/\d+\n/), 5000)
  await launcher.close()
  expect(await child.ended).toBe('the launcher ended')
  await vi.waitFor(() => expect(isAlive(Number(text()))).toBe(false), 5000)
})
