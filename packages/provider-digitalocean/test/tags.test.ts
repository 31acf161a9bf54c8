import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { gridTag, isOrderTagOf, launchTags, masterTag, readTags, userTags } from '../src/tags.ts'
import { newOwner } from './orders.ts'

const batch = { owner: newOwner(), order: '01JD0000000000000000000000', token: 'o-0', tags: {} }
const allowed = /^[a-zA-Z0-9_:-]{1,255}$/

test('the tags of a batch are read back as what went in', () => {
  expect(readTags(launchTags(batch))).toEqual({
    owner: batch.owner,
    order: batch.order,
    token: batch.token,
  })
})

test('plain names stand in tags as they are', () => {
  const owner = { master: 'b2f1', grid: 'my-grid-2' }
  expect([masterTag(owner), gridTag(owner)]).toEqual([
    'kontena:master:b2f1',
    'kontena:grid:my-grid-2',
  ])
})

const grid = fc.stringMatching(/^[\w-]{3,40}$/)
const word = fc.stringMatching(/^[\x21-\x7e]{1,64}$/)

describe('whatever master, grid, order and token are called', () => {
  test('their tags are ones that DigitalOcean takes, and are read back', () => {
    fc.assert(
      fc.property(grid, word, word, (name, order, token) => {
        const owner = { master: batch.owner.master, grid: name }
        const tags = launchTags({ owner, order, token, tags: {} })
        for (const tag of tags) expect(tag).toMatch(allowed)
        expect(readTags(tags)).toEqual({ owner, order, token })
      }),
    )
  })

  test('two grids have two tags, also where tags are the same whatever their case', () => {
    expect(gridTag({ grid: 'Demo' }).toLowerCase()).not.toBe(gridTag({ grid: 'demo' }))
    fc.assert(
      fc.property(grid, grid, (one, other) => {
        fc.pre(one !== other)
        expect(gridTag({ grid: one }).toLowerCase()).not.toBe(
          gridTag({ grid: other }).toLowerCase(),
        )
      }),
    )
  })
})

describe('tags of somebody else', () => {
  test('say nothing of an owner', () => {
    expect(readTags([])).toEqual({ owner: undefined, order: undefined, token: undefined })
    expect(readTags(['kontena:grid:demo', 'team:blue']).owner).toBeUndefined()
  })

  test('of orders are told apart from ours, by master and by grid', () => {
    const [, , order = '', token = ''] = launchTags(batch)
    expect([order, token].map((tag) => isOrderTagOf(tag, batch.owner))).toEqual([true, true])
    for (const owner of [newOwner(), { ...batch.owner, grid: 'other' }]) {
      expect([order, token].map((tag) => isOrderTagOf(tag, owner))).toEqual([false, false])
    }
    expect(isOrderTagOf('kontena:order:', batch.owner)).toBe(false)
    expect(isOrderTagOf(masterTag(batch.owner), batch.owner)).toBe(false)
  })
})

describe("the user's own tags", () => {
  test('are key and value, or the key alone', () => {
    expect(userTags({ team: 'blue', 'cost-center': '42', urgent: '', 'a:b': 'c_d' })).toEqual([
      'team:blue',
      'cost-center:42',
      'urgent',
      'a:b:c_d',
    ])
  })

  test.each([
    ['team', 'light blue'],
    ['team', 'sky.blue'],
    ['te/am', 'blue'],
    ['', ''],
    ['kontena', 'mine'],
    ['kontena:grid', 'mine'],
    ['Kontena:grid', 'mine'],
    ['kontena', ''],
    ['long', 'x'.repeat(251)],
    ['é', 'x'],
  ])('cannot be %s=%s', (key, value) => {
    expect(() => userTags({ [key]: value })).toThrow(
      expect.objectContaining({ code: 'BAD_OPTIONS', hint: expect.stringContaining('letters') }),
    )
  })

  test('may begin like ours where they are not ours', () => {
    expect(userTags({ kontenants: 'many' })).toEqual(['kontenants:many'])
  })
})
