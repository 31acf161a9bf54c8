import { clientMutants, errorMutants, manifestMutants } from './mutants-of-answers.ts'
import { machineMutants, sessionMutants, wallMutants } from './mutants-of-calls.ts'

/** A bug that somebody could have written, and the fact that does not let it pass. */
export interface Mutant {
  readonly what: string
  readonly file: string
  /** Occurs once in the file. */
  readonly from: string
  readonly to: string
  /** Name of the fact that catches it. */
  readonly fact: string
}

export const mutants: readonly Mutant[] = [
  ...manifestMutants,
  ...errorMutants,
  ...clientMutants,
  ...machineMutants,
  ...wallMutants,
  ...sessionMutants,
]
