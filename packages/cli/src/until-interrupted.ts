import { once } from 'node:events'

/** Resolves at the first Ctrl-C (or SIGTERM), which is how a command in the foreground ends well. */
export async function untilInterrupted(signal: AbortSignal): Promise<void> {
  if (signal.aborted) return
  // A signal alone does not keep the process alive.
  const keepAlive = setInterval(() => undefined, 2 ** 30)
  await once(signal, 'abort')
  clearInterval(keepAlive)
}
