import { execFile, spawn } from 'node:child_process'
import { closeSync, openSync, readFileSync } from 'node:fs'
import { promisify } from 'node:util'
import { fileFailure } from '@kontena/core'
import { z } from 'zod'
import { vagrantMissing } from './errors.ts'
import { vagrantEnvironment } from './run-vagrant.ts'

/** A process that outlives the command which started it. Numbers are used again, so its birth belongs to it. */
export const background = z.object({ pid: z.number().int().positive(), birth: z.string() })
export type Background = z.infer<typeof background>

/**
 * Starts `vagrant` in a process group of its own, with all it prints at the end of a log file, and does not
 * wait for it. Closing the terminal does not end it.
 */
export async function startInBackground(
  args: readonly string[],
  { folder, log }: { folder: string; log: string },
): Promise<Background> {
  const out = openLog(log)
  try {
    const child = spawn('vagrant', [...args, '--machine-readable'], {
      cwd: folder,
      env: vagrantEnvironment(),
      stdio: ['ignore', out, out],
      detached: true,
    })
    await new Promise((resolve, reject) => {
      child.once('spawn', resolve)
      child.once('error', (error) => reject(vagrantMissing(folder, error)))
    })
    child.unref()
    const { pid = 0 } = child
    return { pid, birth: (await birthOf(pid)) ?? 'ended' }
  } finally {
    closeSync(out)
  }
}

export async function isAlive({ pid, birth }: Background): Promise<boolean> {
  return (await birthOf(pid)) === birth
}

/** Sends a signal to a process and all that it started; nothing happens where it is gone. */
export async function signalGroup(
  one: Background,
  signal: 'SIGINT' | 'SIGTERM' | 'SIGKILL',
): Promise<void> {
  if (!(await isAlive(one))) return
  try {
    process.kill(-one.pid, signal)
  } catch {
    // It ended in between.
  }
}

function openLog(path: string): number {
  try {
    return openSync(path, 'a', 0o600)
  } catch (error) {
    throw fileFailure(path, error)
  }
}

/** When a process began, in the system's own words; undefined where there is none, or only its remains. */
async function birthOf(pid: number): Promise<string | undefined> {
  return process.platform === 'linux' ? birthOnLinux(pid) : await birthByPs(pid)
}

/** proc(5): after the name in brackets, which may hold anything, the state is first and the start 20th. */
function birthOnLinux(pid: number): string | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8')
    const fields = text.slice(text.lastIndexOf(')') + 2).split(' ')
    return fields[0] === 'Z' || fields[0] === 'X' ? undefined : fields[19]
  } catch {
    return undefined
  }
}

const execute = promisify(execFile)

async function birthByPs(pid: number): Promise<string | undefined> {
  try {
    const { stdout } = await execute('ps', ['-o', 'state=,lstart=', '-p', String(pid)])
    const [, state = '', start] = /^(\S+)\s+(.*\S)\s*$/.exec(stdout.trim()) ?? []
    return state.startsWith('Z') ? undefined : start
  } catch {
    return undefined
  }
}
