import { type ChildProcess, spawn } from 'node:child_process'
import type { Writable } from 'node:stream'

/** Processes of the simulated machines. None of them outlives the sandbox, however it ends. */
export interface Children {
  /** Starts a process in a group of its own, so that it goes together with whatever it started. */
  start(file: string, options: ChildOptions): ChildProcess
  /** Signals the process and all of its own; one that is gone is no error. */
  signal(child: ChildProcess, signal: NodeJS.Signals): void
  /** Kills what is left. */
  close(): void
}

export interface ChildOptions {
  readonly arguments?: readonly string[]
  readonly cwd: string
  /** The whole environment: nothing of ours is passed on. */
  readonly environment: Readonly<Record<string, string>>
  readonly stdio: ('ignore' | 'pipe' | 'ipc' | number)[]
}

/**
 * Waits on its standard input, which ends when the sandbox does, and then kills the process groups
 * it was told of and removes the scratch folder. It travels as text because the sandbox also runs
 * bundled into the command line, where no file of its own exists.
 */
const reaper = `
import { rmSync } from 'node:fs'
import { createInterface } from 'node:readline'
const groups = new Set()
for await (const line of createInterface({ input: process.stdin })) {
  const group = Number(line.slice(1))
  if (line.startsWith('+')) groups.add(group)
  else groups.delete(group)
}
for (const group of groups) {
  try { process.kill(-group, 'SIGKILL') } catch {}
}
rmSync(process.argv[1], { recursive: true, force: true, maxRetries: 5 })
`

/** @param scratch folder that goes when the sandbox ends */
export function openChildren(scratch: string): Children {
  const running = new Set<ChildProcess>()
  let groups: Writable | undefined
  return {
    start(file, { arguments: given = [], cwd, environment, stdio }) {
      groups ??= startReaper(scratch)
      const child = spawn(file, given, { cwd, env: environment, stdio, detached: true })
      const { pid } = child
      if (pid === undefined) return child
      groups.write(`+${pid}\n`)
      running.add(child)
      child.once('exit', () => {
        running.delete(child)
        groups?.write(`-${pid}\n`)
      })
      return child
    },
    signal: signalGroup,
    close() {
      for (const child of running) signalGroup(child, 'SIGKILL')
    },
  }
}

function startReaper(scratch: string): Writable {
  const child = spawn(process.execPath, ['--input-type=module', '-e', reaper, scratch], {
    stdio: ['pipe', 'ignore', 'ignore'],
    env: {},
    detached: true,
  })
  // It must not keep the sandbox's process alive, nor take it down with a broken pipe.
  child.unref()
  child.on('error', () => {})
  child.stdin.on('error', () => {})
  if ('unref' in child.stdin && typeof child.stdin.unref === 'function') child.stdin.unref()
  return child.stdin
}

function signalGroup(child: ChildProcess, signal: NodeJS.Signals): void {
  if (child.pid === undefined) return
  try {
    process.kill(-child.pid, signal)
  } catch {
    // The group is gone already.
  }
}
