import { isFailure } from '@kontena/core'

/** What is not there any more needs nothing done, and tells nothing. */
export async function unlessGone<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return undefined
    throw error
  }
}
