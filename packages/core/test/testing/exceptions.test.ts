import { expect, test } from 'vitest'
import { doesNotApply, type Fact, whyNotApplicable } from '../../src/testing/fact.ts'
import { type FactResult, needlessExceptions } from '../../src/testing/run-facts.ts'

const check = async (): Promise<void> => undefined
const facts: readonly Fact[] = [
  { name: 'it is green', case: 'by day', check },
  { name: 'it is green', case: 'by night', check },
  { name: 'it is round', check },
]
const results = (...outcomes: FactResult['outcome'][]): readonly FactResult[] =>
  ['it is green: by day', 'it is green: by night', 'it is round'].map((fact, index) => ({
    fact,
    outcome: outcomes[index] ?? 'passed',
  }))

test('an exception is needed while one of its cases fails', () => {
  const subject = { except: { 'it is green': 'it sleeps' } }
  expect(needlessExceptions(facts, results('passed', 'excepted'), subject)).toEqual([])
  expect(needlessExceptions(facts, results('passed', 'passed'), subject)).toEqual(['it is green'])
})

test('an exception for one case says nothing of the others', () => {
  const subject = { except: { 'it is green: by night': 'it sleeps', 'it is round': 'it is flat' } }
  expect(needlessExceptions(facts, results('passed', 'excepted'), subject)).toEqual(['it is round'])
  expect(needlessExceptions(facts, results('excepted', 'passed', 'excepted'), subject)).toEqual([
    'it is green: by night',
  ])
})

test('a subject without exceptions has none to take away', () => {
  expect(needlessExceptions(facts, results(), {})).toEqual([])
})

test('a fact that does not apply is told from one that fails', () => {
  const thrown = (work: () => void): unknown => {
    try {
      return work()
    } catch (error) {
      return error
    }
  }
  expect(whyNotApplicable(thrown(() => doesNotApply('it has no colour')))).toBe('it has no colour')
  expect(whyNotApplicable(new Error('it has no colour'))).toBeUndefined()
})
