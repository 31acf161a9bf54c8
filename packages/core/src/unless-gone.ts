import { isFailure } from './errors.ts'

/** For what need not be there: undefined where the cloud says that it is not, or no longer. */
export async function unlessGone<Answer>(ask: () => Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await ask()
  } catch (error) {
    if (isFailure(error, 'NOT_FOUND')) return undefined
    throw error
  }
}
