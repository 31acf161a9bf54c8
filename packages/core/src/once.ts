import type { Call } from './provider.ts'

/** Remembers the first answer; a failure is not remembered, so the next caller asks again. */
export function once<Answer>(
  ask: (call: Call) => Promise<Answer>,
): (call: Call) => Promise<Answer> {
  let answer: Promise<Answer> | undefined
  return (call) => {
    answer ??= ask(call).catch((error: unknown) => {
      answer = undefined
      throw error
    })
    return answer
  }
}
