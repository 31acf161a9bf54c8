import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Context } from '../context.ts'
import { printableLines } from '../output/printable.ts'
import { explainSsh } from './explain-ssh.ts'
import { optionalTerms } from './optional-terms.ts'
import { ProgramEnded } from './program-ended.ts'
import { runProgram } from './run-program.ts'
import type { SshTarget } from './ssh-target.ts'
import { knownHostsLines, sshWords } from './ssh-words.ts'

/** OpenSSH's own code for what it could not do (ssh(1), EXIT STATUS). */
const sshFailed = 255

export interface SshRun {
  readonly target: SshTarget
  readonly command: readonly string[]
  readonly tty: boolean
}

/**
 * Logs in to a machine with the system's OpenSSH, which trusts the keys on record and nothing else.
 * Resolves when it ended well, and rejects with `ProgramEnded` and its exit code where it did not.
 */
export async function runSsh(run: SshRun, context: Context): Promise<void> {
  const terms = await optionalTerms(context)
  const folder = await mkdtemp(join(tmpdir(), 'kontena-ssh-'))
  try {
    const knownHosts = join(folder, 'known_hosts')
    const log = join(folder, 'log')
    await writeFile(knownHosts, knownHostsLines(run.target), { mode: 0o600 })
    const words = sshWords({ ...run, knownHosts, log, terms })
    const code = await runProgram('ssh', words, context)
    await tell({ code, log: await readLog(log), target: run.target }, context)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function tell(
  { code, log, target }: { code: number; log: string; target: SshTarget },
  context: Context,
): Promise<void> {
  const failure = code === sshFailed ? explainSsh(log, target) : undefined
  // What it said beside the reason of a failure, which we tell ourselves.
  if (failure === undefined && log !== '') context.stderr.write(printableLines(log))
  if (code !== 0) throw new ProgramEnded(code, failure)
}

/** It is not there where OpenSSH did not come as far as to open it. */
async function readLog(file: string): Promise<string> {
  return readFile(file, 'utf8').catch(() => '')
}
