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
  readonly outcome: 'passed' | 'failed' | 'excepted'
  /** Why it failed, or the reason of the exception. */
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

/** Why a fact is not looked at, where the subject says so. */
export function exceptionOf(fact: Fact, { except = {}, cannot = {} }: Subject): string | undefined {
  const needs = [...(fact.needs ?? []), ...(fact.climate === undefined ? [] : [fact.climate.kind])]
  const impossible = needs.flatMap((condition) => cannot[condition] ?? [])[0]
  return except[describeFact(fact)] ?? except[fact.name] ?? impossible
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

export async function lookAt(fact: Fact, subject: Subject): Promise<FactResult> {
  const name = describeFact(fact)
  const exception = exceptionOf(fact, subject)
  if (exception !== undefined) return { fact: name, outcome: 'excepted', reason: exception }
  try {
    await checkFact(fact, subject)
    return { fact: name, outcome: 'passed' }
  } catch (error) {
    const reason = error instanceof Error ? error.message : String(error)
    return { fact: name, outcome: 'failed', reason, error }
  }
}
