import { expect, test } from 'vitest'
import { tally } from '../../src/testing/tally.ts'

test('what holds is counted, and each reason for what does not is told once', () => {
  const results = [
    { fact: 'a', outcome: 'passed' },
    { fact: 'b', outcome: 'passed' },
    { fact: 'c', outcome: 'excepted', reason: 'it has no rights' },
    { fact: 'd: one', outcome: 'inapplicable', reason: 'it keeps no console' },
    { fact: 'd: two', outcome: 'inapplicable', reason: 'it keeps no console' },
  ] as const
  expect(tally('static', results)).toMatchInlineSnapshot(`
    "static: 2 facts hold, 1 excepted, 2 do not apply
      excepted, as it has no rights: c
      does not apply, as it keeps no console: 2 facts
    "
  `)
})

test('what fails is counted where something fails', () => {
  const failed = { fact: 'a', outcome: 'failed', reason: 'it is blue' } as const
  expect(tally('static', [failed])).toBe(
    'static: 0 facts hold, 1 fail, 0 excepted, 0 do not apply\n',
  )
})
