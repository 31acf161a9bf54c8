import { setTimeout as sleep } from 'node:timers/promises'

/**
 * Calls `work` after `first` milliseconds, and again as long after its end as it says, until the
 * signal. The work handles its own failures.
 */
export async function repeat(
  signal: AbortSignal,
  first: number,
  work: () => Promise<number>,
): Promise<void> {
  let delay = first
  while (await passes(delay, signal)) delay = await work()
}

/** Whether this time passed without the signal. */
export async function passes(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  try {
    await sleep(milliseconds, undefined, { signal })
    return true
  } catch {
    return false
  }
}
