import { type ChildProcess, spawn } from 'node:child_process'
import { ProvisionError } from '@kontena/core'
import { explain, vagrantMissing } from './errors.ts'
import { parseLines, type VagrantLine } from './machine-readable.ts'

export interface RunOptions {
  /** Folder of the Vagrantfile. */
  readonly folder: string
  /** What is done, for errors, as in `stop web-1`. */
  readonly what: string
  /** Milliseconds that it may take. */
  readonly timeout: number
  readonly signal: AbortSignal
}

export interface Answer {
  readonly lines: readonly VagrantLine[]
  /** As it was printed. */
  readonly output: string
}

/**
 * Runs `vagrant` to its end. Its arguments see no shell. Rejects with what Vagrant says is wrong, and at once
 * when the call is cancelled; Vagrant is then told to stop, which takes it a moment, and is not waited for.
 */
export async function runVagrant(args: readonly string[], options: RunOptions): Promise<Answer> {
  const { what, timeout, signal, folder } = options
  signal.throwIfAborted()
  const late = AbortSignal.timeout(timeout)
  const child = spawn('vagrant', [...args, '--machine-readable'], {
    cwd: folder,
    env: vagrantEnvironment(),
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own, so that a Ctrl-C at the terminal reaches it only through us.
    detached: true,
  })
  const { code, output } = await endOf(child, AbortSignal.any([signal, late])).catch(
    (error: unknown) => {
      signal.throwIfAborted()
      if (late.aborted) throw tookTooLong(what, timeout)
      throw isMissing(error) ? vagrantMissing(folder, error) : error
    },
  )
  if (code !== 0) throw explain({ what, output, folder })
  return { lines: parseLines(output), output }
}

/**
 * Vagrant's own variables: no colours in what is parsed, no calls to its maker, and nobody else's Vagrantfile
 * (VAGRANT_CWD and its like would lead Vagrant away from our folder).
 */
export function vagrantEnvironment(): NodeJS.ProcessEnv {
  return {
    ...process.env,
    VAGRANT_NO_COLOR: '1',
    VAGRANT_CHECKPOINT_DISABLE: '1',
    VAGRANT_CWD: undefined,
    VAGRANT_VAGRANTFILE: undefined,
    VAGRANT_DOTFILE_PATH: undefined,
  }
}

/** Resolves when the program has ended, whatever came of it. */
function endOf(
  child: ChildProcess,
  signal: AbortSignal,
): Promise<{ code: number | null; output: string }> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (chunk: Buffer) => chunks.push(chunk))
    }
    const onAbort = (): void => {
      interruptGroup(child.pid)
      // Neither the program nor its pipes hold up whoever cancelled.
      child.unref()
      child.stdout?.destroy()
      child.stderr?.destroy()
      reject(signal.reason)
    }
    signal.addEventListener('abort', onAbort, { once: true })
    child.once('error', reject)
    child.once('close', (code) => {
      signal.removeEventListener('abort', onAbort)
      resolve({ code, output: Buffer.concat(chunks).toString('utf8') })
    })
  })
}

function interruptGroup(pid: number | undefined): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGINT')
  } catch {
    // It ended by itself.
  }
}

function isMissing(error: unknown): boolean {
  return error instanceof Error && 'code' in error && error.code === 'ENOENT'
}

function tookTooLong(what: string, timeout: number): ProvisionError {
  return new ProvisionError(
    'UNAVAILABLE',
    `${what}: Vagrant did not come to an end in ${Math.round(timeout / 1000)} s`,
    { hint: 'see what its VMs are doing, and run the same command again' },
  )
}
