import assert from 'node:assert/strict'
import { isFailure } from '../../errors.ts'
import { outcomeOf } from '../check.ts'
import { doesNotApply, type Fact } from '../fact.ts'
import { describeRequest, type Recording, sameRequest } from '../recordings.ts'
import type { Subject } from '../subject.ts'

/** Virtual milliseconds within which a call that is cut off must end: it waits for nothing. */
const atOnce = 1_000
const anHour = 3_600_000

const noRequest = 'it is known without a request'

/** Calls end when they are told to, go through the budget, and leave nothing going on. */
export function interruptingFacts(
  _subject: Subject,
  recordings: readonly Recording[],
): readonly Fact[] {
  return recordings.flatMap((recording) => [
    abortedBefore(recording),
    ...abortedAt(recording),
    admitted(recording),
    over(recording),
    fine(recording),
    notRepeated(recording),
  ])
}

function abortedBefore({ operation, requests }: Recording): Fact {
  return {
    name: 'a call that is cut off before it began makes no request',
    case: operation.name,
    check: async (lab) => {
      if (requests.length === 0) doesNotApply(noRequest)
      const staged = await operation.setUp(lab)
      const before = lab.proxy.seen.length
      const { error } = await outcomeOf(() => staged.run({ signal: AbortSignal.abort() }))
      assert.notEqual(error, undefined, 'it did not reject')
      await lab.pass(atOnce)
      assert.equal(lab.proxy.seen.length, before)
    },
  }
}

function abortedAt({ operation, requests }: Recording): readonly Fact[] {
  return requests.map((request) => ({
    name: 'a call that is cut off ends at once',
    case: `${operation.name} ${describeRequest(request)}`,
    check: async (lab) => {
      const staged = await operation.setUp(lab)
      const control = new AbortController()
      const isIt = sameRequest(request)
      let abortedAt = 0
      lab.proxy.strike = (seen) => {
        if (!isIt(seen)) return undefined
        setTimeout(() => {
          abortedAt = Date.now()
          control.abort(new Error('the user pressed Ctrl-C'))
        }, 1)
        return { commits: false, delay: anHour }
      }
      const { error } = await outcomeOf(() => staged.run({ signal: control.signal }))
      const waited = Date.now() - abortedAt
      assert.ok(abortedAt > 0, 'the request was not made')
      assert.notEqual(error, undefined, 'it did not reject')
      assert.ok(waited < atOnce, `it went on for ${waited} ms`)
      assert.ok(
        !isFailure(error) || error.code === 'UNAVAILABLE' || error.code === 'CANCELLED',
        `it is told as ${isFailure(error) && error.code}, as if the cloud had answered`,
      )
      const seen = lab.proxy.seen.length
      await lab.pass(anHour)
      assert.equal(lab.proxy.seen.length, seen, 'it goes on asking')
    },
  }))
}

function admitted({ operation, requests }: Recording): Fact {
  return {
    name: 'no request goes out without being let through by the budget',
    case: operation.name,
    check: async (lab) => {
      if (requests.length === 0) doesNotApply(noRequest)
      const staged = await operation.setUp(lab)
      const before = { seen: lab.proxy.seen.length, admitted: lab.admitted() }
      await staged.run(lab.call)
      const made = lab.proxy.seen.length - before.seen
      assert.ok(lab.admitted() - before.admitted >= made, `${made} requests were made`)
    },
  }
}

function over({ operation }: Recording): Fact {
  return {
    name: 'nothing goes on after a call has ended',
    case: operation.name,
    check: async (lab) => {
      const staged = await operation.setUp(lab)
      await staged.run(lab.call)
      const before = lab.proxy.seen.length
      await lab.pass(anHour)
      assert.equal(lab.proxy.seen.length, before)
    },
  }
}

function fine({ operation, value }: Recording): Fact {
  return {
    name: 'a call succeeds when nothing goes wrong',
    case: operation.name,
    check: async (lab) => {
      const staged = await operation.setUp(lab)
      await staged.verify(await staged.run(lab.call), value)
    },
  }
}

/** Requests beyond those of a clean run after which a call that repeats them is cut off. */
const tooMany = 10

function notRepeated({ operation, requests, total }: Recording): Fact {
  return {
    name: 'a request that fails is not repeated behind the kernel',
    case: operation.name,
    check: async (lab) => {
      if (requests.length === 0) doesNotApply(noRequest)
      const staged = await operation.setUp(lab)
      const control = new AbortController()
      const before = lab.proxy.seen.length
      const made = (): number => lab.proxy.seen.length - before
      lab.proxy.strike = () => {
        if (made() > total + tooMany) control.abort()
        return { commits: false }
      }
      const { error } = await outcomeOf(() => staged.run({ signal: control.signal }))
      assert.notEqual(error, undefined, 'it did not reject though nothing was answered')
      assert.ok(made() <= total, `it made ${made()} requests, where ${total} do without faults`)
    },
  }
}
