import { randomBytes } from 'node:crypto'
import { open, readFile, rename, rm, stat } from 'node:fs/promises'
import { hostname } from 'node:os'
import { poll } from '@kontena/core'

export interface LockOptions {
  /** Milliseconds that work under this lock takes at most. An older lock counts as forgotten. */
  readonly longest: number
  readonly signal: AbortSignal
}

/**
 * Works on a file while no other command does, on this computer or on another that shares the folder. The
 * lock of a command that died is taken over. Rejects with `TIMED_OUT`, with what the folder says, or as the
 * work does.
 */
export async function withFileLock<T>(
  file: string,
  { longest, signal }: LockOptions,
  work: () => Promise<T>,
): Promise<T> {
  const lock = `${file}.lock`
  const claim = `${process.pid} ${hostname()} ${randomBytes(8).toString('hex')}\n`
  await poll(
    { reason: `another command to be done with ${file}`, every: 50, timeout: longest * 2, signal },
    async () => {
      if (await take(lock, claim)) return true
      if (await isForgotten(lock, longest)) await takeAway(lock)
      return undefined
    },
  )
  try {
    return await work()
  } finally {
    // One that was forgotten for dead may be somebody else's by now.
    if ((await read(lock)) === claim) await rm(lock, { force: true })
  }
}

/** Whether the lock is ours now: a file is made by one alone. */
async function take(lock: string, claim: string): Promise<boolean> {
  try {
    const handle = await open(lock, 'wx', 0o600)
    await handle.writeFile(claim).finally(() => handle.close())
    return true
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return false
    throw error
  }
}

async function isForgotten(lock: string, longest: number): Promise<boolean> {
  const made = await stat(lock).catch(() => undefined)
  if (made === undefined) return false
  if (Date.now() - made.mtimeMs > longest) return true
  const [pid = '', host] = ((await read(lock)) ?? '').trim().split(' ')
  return host === hostname() && /^\d+$/.test(pid) && !isRunning(Number(pid))
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0)
    return true
  } catch (error) {
    return codeOf(error) === 'EPERM'
  }
}

/** By a name of its own, so that of several who find it forgotten each removes only what it took away. */
async function takeAway(lock: string): Promise<void> {
  const away = `${lock}.${randomBytes(8).toString('hex')}`
  await rename(lock, away).catch(() => undefined)
  await rm(away, { force: true })
}

function read(lock: string): Promise<string | undefined> {
  return readFile(lock, 'utf8').catch(() => undefined)
}

function codeOf(error: unknown): unknown {
  return error instanceof Error && 'code' in error ? error.code : undefined
}
