import { describe, expect, it } from 'vitest'
import { textAt } from '../../src/login-provider/json-path.ts'

const answer = {
  id: 7,
  user: { name: 'jo', 'full name': 'Jo B.' },
  emails: [{ value: 'jo@example.com' }, { value: 'b@example.com' }],
  nothing: null,
}

describe('a JSON path', () => {
  it.each([
    ['$.id', '7'],
    ['$.user.name', 'jo'],
    ["$.user['full name']", 'Jo B.'],
    ['$["user"]["name"]', 'jo'],
    ['$.emails[0].value', 'jo@example.com'],
    ['$.emails[1].value', 'b@example.com'],
    ['$..value', 'jo@example.com'],
    ['$..name', 'jo'],
  ])('%s finds %s', (path, found) => {
    expect(textAt(answer, path)).toBe(found)
  })

  it.each([
    '$.user',
    '$.none.name',
    '$.emails[7].value',
    '$.nothing',
    '$.',
    '$[',
    '$.toString',
    '$',
  ])('%s finds no text', (path) => {
    expect(textAt(answer, path)).toBeUndefined()
  })

  it('ends in what goes deeper than anybody looks', () => {
    const deep = JSON.parse(`${'{"a":'.repeat(500)}{"email":"x"}${'}'.repeat(500)}`)
    expect(textAt(deep, '$..email')).toBeUndefined()
  })
})
