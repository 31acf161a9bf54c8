import { expect, test } from 'vitest'
import type { SeenRequest } from '../../src/testing/fault-proxy.ts'
import { type Fault, faults } from '../../src/testing/faults.ts'
import {
  describeRequest,
  enumerate,
  isWorth,
  type RecordedRequest,
  sameRequest,
} from '../../src/testing/recordings.ts'

function seen(name: string, body = '{}'): SeenRequest {
  const changes = !name.startsWith('GET')
  const request = { method: 'GET', path: '/', headers: {}, body: new Uint8Array() }
  return { kind: { name, changes }, request, number: 0, answer: { status: 200, headers: {}, body } }
}

const worthOf = (request: RecordedRequest): readonly string[] =>
  faults.filter((fault) => isWorth(fault, request)).map(({ name }) => name)
const first = (name: string, body?: string): RecordedRequest => {
  const [request] = enumerate([seen(name, body)])
  if (request === undefined) throw new Error('nothing was recorded')
  return request
}
const nameOf = (what: RegExp): string => faults.find(({ name }) => what.test(name))?.name ?? ''

test('two requests of a name are recorded, and the second is a repeat', () => {
  const requests = enumerate(['GET a', 'PUT b', 'GET a', 'GET a'].map((name) => seen(name)))
  expect(requests.map(describeRequest)).toEqual(['at GET a', 'at PUT b', 'at the second GET a'])
  expect(requests.map(({ isRepeat }) => isRepeat)).toEqual([false, false, true])
})

test('a recorded request is found again once, by its name and place', () => {
  const second = enumerate([seen('GET a'), seen('GET a')])[1]
  if (second === undefined) throw new Error('nothing was recorded')
  const isIt = sameRequest(second)
  expect(['GET a', 'PUT b', 'GET a', 'GET a'].map((name) => isIt(seen(name)))).toEqual([
    ...[false, false, true, false],
  ])
})

test('a request that changes something meets every fault', () => {
  expect(worthOf(first('PUT b'))).toEqual(faults.map(({ name }) => name))
})

test('before and after are the same for a request that only reads', () => {
  const worth = worthOf(first('GET a'))
  expect(worth).toContain(nameOf(/reset before/))
  expect(worth).not.toContain(nameOf(/reset after/))
  expect(worth).toContain(nameOf(/fails before/))
  expect(worth).not.toContain(nameOf(/fails after/))
  expect(worth).toHaveLength(faults.length - 2)
})

test('an answer without a body cannot be garbled', () => {
  const worth = worthOf(first('PUT b', ''))
  for (const what of [/malformed/, /cut off/, /empty/]) expect(worth).not.toContain(nameOf(what))
})

test('a repeat meets the faults after which it matters what is there', () => {
  const isInRepeats = ({ inRepeats }: Fault): boolean => inRepeats === true
  const changing = { ...first('PUT b'), isRepeat: true }
  const reading = { ...first('GET a'), isRepeat: true }
  const expected = faults.filter(isInRepeats).map(({ name }) => name)
  expect(worthOf(changing)).toEqual(expected)
  expect(worthOf(reading)).toEqual(expected.filter((name) => !/reset after/.test(name)))
  expect(worthOf(reading).length).toBeGreaterThan(3)
})
