import assert from 'node:assert/strict'
import { isFailure } from '../../errors.ts'
import { checkFailure, checkSecrets, failureOf, outcomeOf } from '../check.ts'
import type { Fact } from '../fact.ts'
import { type Fault, faults, retryAfter } from '../faults.ts'
import { alive, type Lab } from '../lab.ts'
import {
  describeRequest,
  isWorth,
  type RecordedRequest,
  type Recording,
  sameRequest,
} from '../recordings.ts'
import type { Subject } from '../subject.ts'

/** Every fault at every request of every operation: it is told as what it is, and a repeat succeeds. */
export function breakingFacts(
  _subject: Subject,
  recordings: readonly Recording[],
): readonly Fact[] {
  return recordings.flatMap((recording) => [
    ...(recording.requests.some(isChange) ? [forbiddenFact(recording)] : []),
    ...recording.requests.flatMap((request) => [
      ...faults
        .filter((fault) => isWorth(fault, request))
        .map((fault) => faultFact(recording, request, fault)),
      refusalFact(recording, request, 'denied'),
      ...(!request.isRepeat ? [refusalFact(recording, request, 'unknownCredentials')] : []),
    ]),
  ])
}

/** Whoever may change nothing is told so, and not that all is done. */
function forbiddenFact({ operation }: Recording): Fact {
  return {
    name: `${operation.name} does not pretend when nothing may be changed`,
    check: async (lab) => {
      const staged = await operation.setUp(lab)
      lab.proxy.strike = ({ kind }) =>
        kind.changes
          ? { commits: false, answer: (asked) => lab.subject.words.denied(asked) }
          : undefined
      await failureOf(operation.name, () => staged.run(lab.call), 'ACCESS_DENIED')
    },
  }
}

function isChange({ seen }: RecordedRequest): boolean {
  return seen.kind.changes
}

function faultFact({ operation, value }: Recording, request: RecordedRequest, fault: Fault): Fact {
  return {
    name: `${operation.name} copes when ${fault.name}`,
    case: describeRequest(request),
    ...(fault.needs && { needs: [fault.needs] }),
    check: async (lab) => {
      const staged = await operation.setUp(lab)
      strikeOnce(lab, request, fault)
      const first = await outcomeOf(() => staged.run(lab.call))
      lab.proxy.strike = undefined
      if (first.error === undefined) {
        // It went another way, or asked again itself what it needed.
        await staged.verify(first.value, value)
        return
      }
      const failure = checkFailure(operation.name, first.error, fault.codes)
      checkSecrets(lab.cloud.secrets, [failure.message, failure.hint ?? ''])
      if (fault.needs === 'retry-after') {
        assert.ok(
          (failure.retryAfter ?? 0) >= retryAfter * 1000,
          `Retry-After: ${retryAfter} became ${failure.retryAfter} ms`,
        )
      }
      await staged.verifyFailure?.(failure)
      if (fault.commits && !staged.repeatable) return
      await staged.verify(await staged.run(lab.call), value)
    },
  }
}

function strikeOnce(lab: Lab, request: RecordedRequest, fault: Fault): void {
  const isIt = sameRequest(request)
  lab.proxy.strike = (seen) => (isIt(seen) ? fault.strike(lab.subject.words) : undefined)
}

const refusals = {
  denied: { codes: ['ACCESS_DENIED'], what: 'a right is missing' },
  unknownCredentials: {
    codes: ['BAD_CREDENTIALS', 'NO_CREDENTIALS'],
    what: 'the cloud does not know the credentials',
  },
} as const

function refusalFact(
  { operation, value: expected }: Recording,
  request: RecordedRequest,
  refusal: keyof typeof refusals,
): Fact {
  const { codes, what } = refusals[refusal]
  return {
    name: `${operation.name} says so when ${what}`,
    case: describeRequest(request),
    check: async (lab) => {
      const staged = await operation.setUp(lab)
      const before = alive(lab).length
      const isIt = sameRequest(request)
      lab.proxy.strike = (seen) =>
        isIt(seen)
          ? { commits: false, answer: (asked) => lab.subject.words[refusal](asked) }
          : undefined
      const { value, error } = await outcomeOf(() => staged.run(lab.call))
      lab.proxy.strike = undefined
      if (error === undefined) {
        await staged.verify(value, expected)
        return
      }
      const failure = checkFailure(operation.name, error, codes)
      checkSecrets(lab.cloud.secrets, [failure.message, failure.hint ?? ''])
      assert.ok(isFailure(failure))
      if (operation.name === 'create') assert.equal(alive(lab).length, before)
    },
  }
}
