import assert from 'node:assert/strict'
import { describeFact } from './fact.ts'
import { type FactResult, factsOf, lookAt, needlessExceptions } from './run-facts.ts'
import type { Subject } from './subject.ts'
import { tally } from './tally.ts'

/** Milliseconds of real time for one fact, of which it needs a few hundredths. */
const patience = 60_000

/**
 * Declares every fact about a provider as a test of vitest. Call it at the top of a test file, and wait
 * for it: `await describeProvider(subject)`. At its end the run prints how many facts hold, and what is
 * excepted or does not apply, with the reasons. An exception that is needed no more fails the run.
 */
export async function describeProvider(subject: Subject): Promise<void> {
  const { afterAll, describe, it } = await import('vitest')
  const { title, name } = subject.provider
  const facts = await factsOf(subject)
  const results: FactResult[] = []
  describe(`${title} as a provider`, () => {
    for (const fact of facts) {
      it(describeFact(fact), { timeout: patience }, async (test) => {
        const result = await lookAt(fact, subject)
        results.push(result)
        if (result.outcome === 'failed') throw result.error
        if (result.outcome !== 'passed') test.skip(result.reason)
      })
    }
    it('every exception is needed', (test) => {
      if (results.length < facts.length) test.skip('not all facts were looked at')
      const needless = needlessExceptions(facts, results, subject)
      assert.deepEqual(needless, [], 'these facts hold: take their exceptions away')
    })
    afterAll(() => {
      process.stdout.write(tally(name, results))
    })
  })
}
