import { isMissing } from './errors.ts'

/** For what need not be there: undefined where ARM says that it, or what it would be in, is not. */
export async function unlessMissing<Answer>(asked: Promise<Answer>): Promise<Answer | undefined> {
  try {
    return await asked
  } catch (error) {
    if (isMissing(error)) return undefined
    throw error
  }
}
