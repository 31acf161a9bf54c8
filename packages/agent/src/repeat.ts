import { setTimeout as sleep } from 'node:timers/promises'
import type { Doorbell } from './doorbell.ts'

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

export interface RingingOptions {
  readonly bell: Doorbell
  /** Milliseconds from a ring to the work, so that many rings are one. */
  readonly settle: number
}

/** The same from the start on, and sooner where somebody rings. */
export async function repeatWhenRung(
  signal: AbortSignal,
  { bell, settle }: RingingOptions,
  work: () => Promise<number>,
): Promise<void> {
  while (!signal.aborted) {
    bell.hush()
    const isRung = await bell.wait(await work(), signal)
    if (isRung && !(await passes(settle, signal))) return
  }
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
