import { expect, it } from 'vitest'
import { jsonLine } from '../../src/output/json-line.ts'

const hostile = 'a\u001b[2J\u009b31m\u007f\u2028\u202etxt.exe ü 🚀\n"'

it('is one line in which nothing drives a terminal or reorders text', () => {
  const line = jsonLine({ [hostile]: hostile })
  expect(line).toMatch(/^[^\p{Cc}\u2028\u202e]+\n$/u)
  expect(line).toContain('ü 🚀')
})

it('reads as what was meant', () => {
  expect(JSON.parse(jsonLine({ [hostile]: [hostile, 1, null] }))).toEqual({
    [hostile]: [hostile, 1, null],
  })
})

it('writes values as it is told', () => {
  expect(jsonLine({ a: 1 }, (key, value) => (key === 'a' ? 'one' : value))).toBe('{"a":"one"}\n')
})
