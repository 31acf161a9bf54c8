import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { fileURLToPath } from 'node:url'

/** A master in a process of its own. */
export interface ServedMaster {
  readonly process: ChildProcess
  readonly url: string
  /** The first login's code, at the first start. */
  readonly code: string
  /** Ends it and resolves to its exit code, which is null after SIGKILL. */
  kill(signal: 'SIGKILL' | 'SIGTERM'): Promise<unknown>
}

const script = fileURLToPath(new URL('../fixtures/serve.ts', import.meta.url))

/** Starts one, and does not wait until it listens. */
export function spawnMaster(dataDir: string): ChildProcess {
  const flags = ['--conditions=source', '--disable-warning=ExperimentalWarning']
  return spawn(process.execPath, [...flags, script, dataDir], {
    stdio: ['ignore', 'pipe', 'inherit'],
  })
}

export async function end(
  child: ChildProcess,
  signal: 'SIGKILL' | 'SIGTERM' = 'SIGKILL',
): Promise<unknown> {
  // It may have come to its end by itself.
  if (child.exitCode !== null || child.signalCode !== null) return child.exitCode
  const exit = once(child, 'exit')
  child.kill(signal)
  return (await exit)[0]
}

/** Starts one that listens. */
export async function serveMaster(dataDir: string): Promise<ServedMaster> {
  const child = spawnMaster(dataDir)
  if (child.stdout === null) throw new Error('the master has no output')
  const line: unknown = (await once(createInterface(child.stdout), 'line'))[0]
  const { url, code } = JSON.parse(String(line))
  return {
    process: child,
    url: String(url),
    code: String(code),
    kill: (signal) => end(child, signal),
  }
}
