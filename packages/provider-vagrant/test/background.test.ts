import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, it, onTestFinished } from 'vitest'
import { type Background, isAlive, signalGroup, startInBackground } from '../src/background.ts'
import { openWorkbench } from './workbench.ts'

function openFolder() {
  const folder = mkdtempSync(join(tmpdir(), 'kontena-background-'))
  onTestFinished(() => rmSync(folder, { recursive: true, force: true }))
  return { folder, log: join(folder, 'vagrant.log') }
}

const hasEnded = (one: Background) => expect.poll(() => isAlive(one)).toBe(false)

describe('a vagrant in the background', () => {
  it('is alive until it ends, and leaves what it said', async () => {
    const bench = openWorkbench()
    bench.addProgram('vagrant', 'echo "$@"; echo trouble >&2; sleep 60')
    const at = openFolder()

    const one = await startInBackground(['up', '--x', 'a b; exit'], at)

    expect(await isAlive(one)).toBe(true)
    await expect
      .poll(() => readFileSync(at.log, 'utf8'))
      .toBe('up --x a b; exit --machine-readable\ntrouble\n')
    await signalGroup(one, 'SIGKILL')
    await hasEnded(one)
  })

  it('ends with all that it has started', async () => {
    const bench = openWorkbench()
    bench.addProgram('vagrant', '(sleep 60; echo late) & echo $!; wait')
    const at = openFolder()
    const one = await startInBackground(['up'], at)
    await expect.poll(() => readFileSync(at.log, 'utf8')).not.toBe('')
    const child = Number(readFileSync(at.log, 'utf8'))

    await signalGroup(one, 'SIGTERM')

    await hasEnded(one)
    await expect.poll(() => isRunning(child)).toBe(false)
  })

  it('is not taken for another process that has its number', async () => {
    const me = { pid: process.pid, birth: 'another time' }

    expect(await isAlive(me)).toBe(false)
    // Were it taken for that one, this test would end here.
    await signalGroup(me, 'SIGKILL')
  })

  it('says that there is no vagrant', async () => {
    const bench = openWorkbench()
    rmSync(join(bench.programs, 'vagrant'))
    process.env.PATH = bench.programs

    await expect(startInBackground(['up'], openFolder())).rejects.toMatchObject({
      code: 'NOT_FOUND',
      message: 'there is no vagrant on this computer',
    })
  })

  it('says that its log cannot be written', async () => {
    openWorkbench()

    await expect(
      startInBackground(['up'], { folder: tmpdir(), log: '/proc/none/vagrant.log' }),
    ).rejects.toMatchObject({ code: 'LOCAL_FILE', message: /\/proc\/none\/vagrant\.log/ })
  })
})

/** A process that has ended and that nobody has asked about counts as ended. */
function isRunning(pid: number): boolean {
  try {
    return !/^State:\s+[ZX]/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))
  } catch {
    return false
  }
}
