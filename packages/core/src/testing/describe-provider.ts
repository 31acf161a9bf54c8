import { describeFact } from './fact.ts'
import { checkFact } from './lab.ts'
import { exceptionOf, factsOf } from './run-facts.ts'
import type { Subject } from './subject.ts'

/** Milliseconds of real time for one fact, of which it needs a few hundredths. */
const patience = 60_000

/**
 * Declares every fact about a provider as a test of vitest. Call it at the top of a test file, and wait
 * for it: `await describeProvider(subject)`. At its end the run prints how many facts hold, and each
 * exception with its reason.
 */
export async function describeProvider(subject: Subject): Promise<void> {
  const { afterAll, describe, it } = await import('vitest')
  const { title, name } = subject.provider
  const facts = await factsOf(subject)
  const exceptions: Exception[] = []
  let passed = 0
  describe(`${title} as a provider`, () => {
    for (const fact of facts) {
      const reason = exceptionOf(fact, subject)
      if (reason === undefined) {
        it(describeFact(fact), { timeout: patience }, async () => {
          await checkFact(fact, subject)
          passed += 1
        })
        continue
      }
      exceptions.push({ reason, fact: fact.name })
      it(describeFact(fact), (test) => test.skip(reason))
    }
    afterAll(() => {
      process.stdout.write(report({ name, passed, all: facts.length, exceptions }))
    })
  })
}

interface Exception {
  readonly reason: string
  readonly fact: string
}

interface Tally {
  readonly name: string
  readonly passed: number
  readonly all: number
  readonly exceptions: readonly Exception[]
}

/** One line per reason, with the facts that it is a reason for. */
function report({ name, passed, all, exceptions }: Tally): string {
  const lines = [...Map.groupBy(exceptions, ({ reason }) => reason)].map(([reason, excepted]) => {
    const facts = [...Map.groupBy(excepted, ({ fact }) => fact)].map(([fact, cases]) =>
      cases.length === 1 ? fact : `${fact} (${cases.length} cases)`,
    )
    return `  ${reason}; so it is not held to: ${facts.join(', ')}`
  })
  return [`conformance of ${name}: ${passed} of ${all} facts hold`, ...lines, ''].join('\n')
}
