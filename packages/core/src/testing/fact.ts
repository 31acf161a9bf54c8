import type { Climate, Condition } from './conditions.ts'
import type { Lab } from './lab.ts'
import type { Recording } from './recordings.ts'
import type { Subject } from './subject.ts'

/** Something that is true of every provider, or of this one's answer to one fault at one request. */
export interface Fact {
  /** A sentence. It keeps its meaning from one version of the kit to the next, as exceptions name it. */
  readonly name: string
  /** Which of many, as in `at RunInstances`. */
  readonly case?: string
  /** Conditions that the cloud must be able to be in. */
  readonly needs?: readonly Condition[]
  /** What the cloud is like from the beginning. */
  readonly climate?: Climate
  /** Throws where the fact is not met, and by {@link doesNotApply} where it says nothing of this provider. */
  check(lab: Lab): Promise<void>
}

/** Facts about a provider; some depend on what it asks of its cloud when nothing goes wrong. */
export type FactSource = (
  subject: Subject,
  recordings: readonly Recording[],
) => Promise<readonly Fact[]> | readonly Fact[]

const inapplicable = 'DoesNotApply'

/** Ends a fact that says nothing of this provider, so that it is not counted among those that hold. */
export function doesNotApply(reason: string): never {
  const error = new Error(reason)
  error.name = inapplicable
  throw error
}

/** Why a fact says nothing of a provider; undefined for any other error. */
export function whyNotApplicable(error: unknown): string | undefined {
  return error instanceof Error && error.name === inapplicable ? error.message : undefined
}

export function describeFact({ name, case: which }: Fact): string {
  return which === undefined ? name : `${name}: ${which}`
}
