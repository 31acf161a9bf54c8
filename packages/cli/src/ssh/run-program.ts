import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { constants } from 'node:os'
import { ProvisionError } from '@kontena/core'
import type { Context } from '../context.ts'

/**
 * Runs a program that has the terminal until it ends, and resolves to its exit code as a shell tells it.
 * What ends this command is passed on to the program, whose end is waited for.
 */
export async function runProgram(
  program: string,
  words: readonly string[],
  { env, signal }: Pick<Context, 'env' | 'signal'>,
): Promise<number> {
  signal.throwIfAborted()
  let child: ChildProcess | undefined
  const hangUp = (): void => void child?.kill('SIGHUP')
  const passOn = (): void => void child?.kill('SIGTERM')
  // Before there is a program: a signal that came in between would end this command alone.
  process.on('SIGHUP', hangUp)
  signal.addEventListener('abort', passOn, { once: true })
  try {
    child = spawn(program, words, { stdio: 'inherit', env: { ...env } })
    return await exitCodeOf(child)
  } catch (error) {
    throw notStarted(program, error)
  } finally {
    signal.removeEventListener('abort', passOn)
    process.off('SIGHUP', hangUp)
  }
}

async function exitCodeOf(child: ChildProcess): Promise<number> {
  await once(child, 'exit')
  const { exitCode, signalCode } = child
  return exitCode ?? 128 + (signalCode === null ? 0 : constants.signals[signalCode])
}

/** Why a program could not be started. */
export function notStarted(program: string, cause: unknown, hint?: string): ProvisionError {
  const code =
    cause instanceof Error && 'code' in cause ? String(cause.code) : 'for no known reason'
  const message =
    code === 'ENOENT'
      ? `there is no program ${program} on this computer`
      : `the program ${program} does not start: ${code}`
  return new ProvisionError('NOT_FOUND', message, { hint, cause })
}
