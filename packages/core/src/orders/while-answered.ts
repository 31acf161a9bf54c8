import { MasterError } from '@kontena/protocol'

/** Resolves to undefined where the master does not answer for a moment, and is to be asked again. */
export async function whileAnswered<T>(request: Promise<T>): Promise<T | undefined> {
  try {
    return await request
  } catch (error) {
    if (error instanceof MasterError && error.kind === 'unreachable') return undefined
    throw error
  }
}
