import { type TestContext, test } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** What a proof saw, in one line. */
    saw?: string
  }
}

/** A minute or two on a quiet computer is much more where several work on two cores. */
const longest = 600_000

/**
 * A test about a real machine. It tells what it saw, which the run prints beside how long it took, so
 * that a person can judge the proof.
 */
export function prove(
  fact: string,
  look: (signal: AbortSignal) => Promise<string>,
  timeout = longest,
): void {
  test(fact, { timeout }, async ({ task, signal }: TestContext) => {
    task.meta.saw = await look(signal)
  })
}
