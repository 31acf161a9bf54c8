import { type TestContext, test } from 'vitest'

declare module 'vitest' {
  interface TaskMeta {
    /** What a proof saw, in one line. */
    saw?: string
  }
}

/** What takes minutes on a quiet computer takes many more where others work on the same two cores. */
const longest = 1_500_000

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
