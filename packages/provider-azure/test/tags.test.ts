import { expect, test } from 'vitest'
import { batchTags, checkTags, isOwnedBy, ownerOf, ownershipTags } from '../src/tags.ts'

const owner = { master: 'm-1', grid: 'demo' }
const batch = { owner, order: '01JD', token: '01JD-0', tags: { team: 'blue' } }

test('all that a batch makes says whose it is, of which order and call', () => {
  expect(batchTags(batch)).toEqual({
    team: 'blue',
    'kontena:master': 'm-1',
    'kontena:grid': 'demo',
    'kontena:order': '01JD',
    'kontena:token': '01JD-0',
  })
})

test('owners are told apart by master and grid', () => {
  const tags = ownershipTags(owner)
  expect(isOwnedBy(tags, owner)).toBe(true)
  expect(isOwnedBy(tags, { ...owner, grid: 'other' })).toBe(false)
  expect(isOwnedBy(tags, { ...owner, master: 'm-2' })).toBe(false)
  expect(isOwnedBy(undefined, owner)).toBe(false)
  expect(ownerOf({ 'kontena:grid': 'demo' })).toBeUndefined()
})

test.each([
  ['an empty key', { '': 'x' }],
  ['a key of ours', { 'Kontena:master': 'x' }],
  ['a key of Azure', { AzureThing: 'x' }],
  ['a key with a slash', { 'a/b': 'x' }],
  ['a key with an ampersand', { 'a&b': 'x' }],
  ['a long key', { ['k'.repeat(513)]: 'x' }],
  ['a long value', { key: 'v'.repeat(257) }],
  ['keys that differ in case only', { team: 'x', Team: 'y' }],
  ['too many', Object.fromEntries(Array.from({ length: 46 }, (_, index) => [`k${index}`, 'v']))],
])('%s is refused before anything is made', (_, tags) => {
  expect(() => checkTags(tags)).toThrow(
    expect.objectContaining({ code: 'BAD_OPTIONS', hint: expect.any(String) }),
  )
})

test('as many tags as Azure takes beside ours are let through', () => {
  const tags = Object.fromEntries(Array.from({ length: 45 }, (_, index) => [`k${index}`, 'v']))
  expect(Object.keys(batchTags({ ...batch, tags })).length).toBe(49)
})
