import { describe, expect, test } from 'vitest'
import { z } from 'zod'
import { boolean, list, number, optionalBoolean, optionalText, wholeList } from '../src/values.ts'

test.each([
  ['1', 1],
  [1, 1],
  ['-2.5', -2.5],
  ['0', 0],
])('%j is the number %d', (value, expected) => {
  expect(number.parse(value)).toBe(expected)
})

test.each(['', 'many', '1e3', null, true])('%j is no number', (value) => {
  expect(number.safeParse(value).success).toBe(false)
})

test.each(['yes', 'on', '1', 1, true])('%j is true', (value) => {
  expect(boolean.parse(value)).toBe(true)
})

test.each(['no', 'off', '0', 0, false])('%j is false', (value) => {
  expect(boolean.parse(value)).toBe(false)
})

test('what is absent, null or empty is undefined', () => {
  expect([undefined, null, ''].map((value) => optionalText.parse(value))).toEqual([
    undefined,
    undefined,
    undefined,
  ])
  expect(optionalBoolean.parse(null)).toBe(undefined)
})

describe('a list', () => {
  const names = z.object({ names: list('name', z.string()) })

  test.each([
    ['wrapped', { names: { name: ['a', 'b'] } }],
    ['plain', { names: ['a', 'b'] }],
  ])('%s is read', (_, value) => {
    expect(names.parse(value)).toEqual({ names: ['a', 'b'] })
  })

  test.each([
    ['an empty one', { names: { name: [] } }],
    ['an empty wrapping', { names: {} }],
    ['a wrapped null', { names: { name: null } }],
    ['null', { names: null }],
    ['an empty string', { names: '' }],
    ['none at all', {}],
  ])('%s is empty', (_, value) => {
    expect(names.parse(value)).toEqual({ names: [] })
  })

  test.each([{ names: 'a' }, { names: { name: [1] } }, { names: { name: 'a' } }])(
    '%j is refused',
    (value) => {
      expect(names.safeParse(value).success).toBe(false)
    },
  )

  test('is read through its items', () => {
    expect(list('n', number).parse({ n: ['1', 2] })).toEqual([1, 2])
  })
})

test('a list that is all of an answer must be there', () => {
  const answer = z.object({ servers: wholeList('server', z.string()) })
  expect(answer.parse({ servers: { server: [] } })).toEqual({ servers: [] })
  for (const body of [{}, { servers: {} }, { servers: { server: null } }, { servers: '' }]) {
    expect(answer.safeParse(body).success).toBe(false)
  }
})
