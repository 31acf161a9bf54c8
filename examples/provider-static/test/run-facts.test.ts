import { runFacts } from '@kontena/core/testing'
import { expect, test } from 'vitest'
import { staticSubject } from './subject.ts'

const preparing = 'prepare again changes nothing'

test('one fact can be looked at alone, without a test runner', async () => {
  expect(await runFacts(staticSubject(), { only: preparing })).toEqual([
    { fact: preparing, outcome: 'passed' },
  ])
})

test('a fact with cases is looked at in each of them', async () => {
  const results = await runFacts(staticSubject(), {
    only: 'exactly the ports that were asked for are open',
  })
  expect(results.length).toBeGreaterThan(4)
  expect(results.every(({ outcome }) => outcome === 'passed')).toBe(true)
})

test('an exception is told with its reason, for a fact or for one of its cases', async () => {
  const subject = staticSubject()
  const words = { ...subject.words, denied: subject.words.unknownCredentials }
  const only = 'preflight says so when a right is missing'
  const [first] = await runFacts({ ...subject, words }, { only })
  const name = first?.fact ?? ''
  for (const excepted of [only, name]) {
    const except = { [excepted]: 'the inventory has no rights' }
    const [result] = await runFacts({ ...subject, words, except }, { only })
    expect(result).toEqual({
      ...{ fact: name, outcome: 'excepted' },
      reason: 'the inventory has no rights',
    })
  }
})

test('an excepted fact that is met all the same passes', async () => {
  const except = { [preparing]: 'the wall is built anew each time' }
  expect(await runFacts({ ...staticSubject(), except }, { only: preparing })).toEqual([
    { fact: preparing, outcome: 'passed' },
  ])
})

test('what a cloud cannot be like is the reason for leaving facts out', async () => {
  const cannot = { held: 'walls fall at once' }
  const [result] = await runFacts(
    { ...staticSubject(), cannot },
    { only: 'removeShared is busy while the cloud refuses it' },
  )
  expect(result).toMatchObject({ outcome: 'inapplicable', reason: 'walls fall at once' })
})

test('an exception for a fact that does not exist is a mistake', async () => {
  const except = { 'machines are green': 'they are grey' }
  await expect(runFacts({ ...staticSubject(), except })).rejects.toThrow('machines are green')
})

test('a fact that fails tells why, and ends the run where that is wanted', async () => {
  const subject = staticSubject()
  const words = { ...subject.words, denied: subject.words.unknownCredentials }
  const only = 'create says so when a right is missing'
  const results = await runFacts({ ...subject, words }, { only, untilFailure: true })
  expect(results).toMatchObject([
    { outcome: 'failed', reason: expect.stringContaining('BAD_CREDENTIALS') },
  ])
})
