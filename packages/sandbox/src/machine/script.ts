import type { Launcher } from './launcher.ts'

export interface Script {
  readonly file: string
  /** Stands for `/`. */
  readonly root: string
  /** Further variables. */
  readonly environment?: Readonly<Record<string, string>> | undefined
  /** Receives what the script prints. */
  readonly print: (text: string) => void
}

/** Runs a script that landed on a machine. Resolves to why it failed, undefined when it did not. */
export async function runScript(
  launcher: Launcher,
  { file, root, environment, print }: Script,
  signal: AbortSignal,
): Promise<string | undefined> {
  if (signal.aborted) return 'the machine went off'
  const script = launcher.start({
    file,
    cwd: root,
    environment: {
      PATH: searchPath(),
      HOME: root,
      LANG: 'C.UTF-8',
      KONTENA_ROOT: root,
      ...environment,
    },
    output: print,
  })
  const stop = () => script.signal('SIGKILL')
  signal.addEventListener('abort', stop)
  try {
    return await script.ended
  } finally {
    signal.removeEventListener('abort', stop)
  }
}

/** Where programs of this computer are; machines have no others. */
export function searchPath(): string {
  return process.env.PATH ?? '/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin'
}
