import type { ChildProcess } from 'node:child_process'
import type { Children } from './children.ts'

export interface Script {
  readonly file: string
  /** Stands for `/`. */
  readonly root: string
  /** Receives what the script prints. */
  readonly print: (text: string) => void
}

/** Runs a script that landed on a machine. Resolves to why it failed, undefined when it did not. */
export async function runScript(
  children: Children,
  { file, root, print }: Script,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (signal.aborted) return 'the machine went off'
  const child = children.start(file, {
    cwd: root,
    environment: { PATH: searchPath(), HOME: root, LANG: 'C.UTF-8', KONTENA_ROOT: root },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const stop = () => children.signal(child, 'SIGKILL')
  signal.addEventListener('abort', stop)
  try {
    return await outcome(child, print)
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Where programs of this computer are; machines have no others. */
export function searchPath(): string {
  return process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
}

function outcome(child: ChildProcess, print: (text: string) => void): Promise<string | undefined> {
  for (const stream of [child.stdout, child.stderr]) {
    stream?.setEncoding('utf8')
    stream?.on('data', print)
  }
  return new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message))
    child.once('close', (code, ended) => {
      resolve(code === 0 ? undefined : code === null ? `ended by ${ended}` : `exit code ${code}`)
    })
  })
}
