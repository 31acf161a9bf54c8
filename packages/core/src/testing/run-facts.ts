import { describeFact, type Fact, type FactSource } from './fact.ts'
import { breakingFacts } from './facts/breaking.ts'
import { endingFacts } from './facts/ending.ts'
import { findingFacts } from './facts/finding.ts'
import { interruptingFacts } from './facts/interrupting.ts'
import { makingFacts } from './facts/making.ts'
import { manifestFacts } from './facts/manifest.ts'
import { orderingFacts } from './facts/ordering.ts'
import { owningFacts } from './facts/owning.ts'
import { readingFacts } from './facts/reading.ts'
import { sharingFacts } from './facts/sharing.ts'
import { wrongInputFacts } from './facts/wrong-input.ts'
import { checkFact } from './lab.ts'
import { recordOperations } from './recordings.ts'
import type { Subject } from './subject.ts'

export interface FactResult {
  /** As exceptions and reports name it. */
  readonly fact: string
  /** `excepted`: the subject says so, and it fails. `inapplicable`: it says nothing of this provider. */
  readonly outcome: 'passed' | 'failed' | 'excepted' | 'inapplicable'
  /** Why it failed, is excepted or does not apply. */
  readonly reason?: string
  readonly error?: unknown
}

export interface RunOptions {
  /** Only facts of this name, with all their cases. */
  readonly only?: string
  /** Ends the run at the first fact that fails. */
  readonly untilFailure?: boolean
}

const sources: readonly FactSource[] = [
  manifestFacts,
  readingFacts,
  wrongInputFacts,
  sharingFacts,
  makingFacts,
  findingFacts,
  endingFacts,
  owningFacts,
  interruptingFacts,
  breakingFacts,
  orderingFacts,
]

/** All facts about a provider, in the order in which they are worth reading. */
export async function factsOf(subject: Subject): Promise<readonly Fact[]> {
  const recordings = await recordOperations(subject)
  const facts: Fact[] = []
  for (const source of sources) facts.push(...(await source(subject, recordings)))
  const known = new Set(facts.flatMap((fact) => [fact.name, describeFact(fact)]))
  // Where an operation fails all by itself, many facts about it are missing.
  if (recordings.some(({ error }) => error !== undefined)) return facts
  const strange = Object.keys(subject.except ?? {}).filter((name) => !known.has(name))
  if (strange.length > 0) throw new Error(`no facts are named so: ${strange.join('; ')}`)
  return facts
}

type Excepting = Pick<Subject, 'except'>

/** The name under which the subject excepts a fact, where it does. */
function exceptionOf(fact: Fact, { except = {} }: Excepting): string | undefined {
  return [describeFact(fact), fact.name].find((name) => except[name] !== undefined)
}

/** Why a fact cannot be looked at, where this cloud is never as it asks for. */
function impossibilityOf(
  { needs = [], climate }: Fact,
  { cannot = {} }: Subject,
): string | undefined {
  const conditions = climate === undefined ? needs : [...needs, climate.kind]
  return conditions.flatMap((condition) => cannot[condition] ?? [])[0]
}

/** Exceptions of the subject under which no fact fails any more, given what came of all the facts. */
export function needlessExceptions(
  facts: readonly Fact[],
  results: readonly FactResult[],
  subject: Excepting,
): readonly string[] {
  const failing = new Set(
    results.flatMap(({ fact, outcome }) => (outcome === 'excepted' ? [fact] : [])),
  )
  const needed = new Set(
    facts.flatMap((fact) => (failing.has(describeFact(fact)) ? [exceptionOf(fact, subject)] : [])),
  )
  return Object.keys(subject.except ?? {}).filter((name) => !needed.has(name))
}

/** Looks at a provider's facts one after another, without any test runner. */
export async function runFacts(
  subject: Subject,
  options: RunOptions = {},
): Promise<readonly FactResult[]> {
  const results: FactResult[] = []
  for (const fact of await factsOf(subject)) {
    if (options.only !== undefined && fact.name !== options.only) continue
    const result = await lookAt(fact, subject)
    results.push(result)
    if (options.untilFailure && result.outcome === 'failed') break
  }
  return results
}

/** An excepted fact is looked at as well: one that is met by now needs no exception. */
export async function lookAt(fact: Fact, subject: Subject): Promise<FactResult> {
  const name = describeFact(fact)
  const exception = exceptionOf(fact, subject)
  const impossible = impossibilityOf(fact, subject)
  if (impossible !== undefined) return { fact: name, outcome: 'inapplicable', reason: impossible }
  try {
    const reason = await checkFact(fact, subject)
    return reason === undefined
      ? { fact: name, outcome: 'passed' }
      : { fact: name, outcome: 'inapplicable', reason }
  } catch (error) {
    const excuse = exception === undefined ? undefined : subject.except?.[exception]
    if (excuse !== undefined) return { fact: name, outcome: 'excepted', reason: excuse }
    const reason = error instanceof Error ? error.message : String(error)
    return { fact: name, outcome: 'failed', reason, error }
  }
}
