import { describe, expect, it } from 'vitest'
import { changedFacts } from '../../src/output/changed-facts.ts'

describe('changedFacts', () => {
  it.each([
    ['nothing', {}, ''],
    ['what is new', { after: { labels: ['a'], number: 4 } }, ''],
    ['what is gone', { before: { labels: ['a'] } }, ''],
    [
      'a word',
      {
        before: { labels: ['a'], availability: 'active' },
        after: { labels: ['a'], availability: 'drain' },
      },
      'availability active -> drain',
    ],
    [
      'words of a list, but not their order',
      { before: { labels: ['a', 'b', 'c'] }, after: { labels: ['c', 'd', 'a'] } },
      'labels +d -b',
    ],
    [
      'a list in another order',
      { before: { labels: ['a', 'b'] }, after: { labels: ['b', 'a'] } },
      '',
    ],
    [
      'several things',
      { before: { labels: [], number: 1 }, after: { labels: ['a'], number: 2 } },
      'labels +a, number 1 -> 2',
    ],
    ['what nobody can read', { before: 'x', after: { labels: [{}], toString: 1 } }, ''],
    [
      'what is not of a kind',
      { before: { stats: null, n: 'x' }, after: { stats: {}, n: ['x'] } },
      '',
    ],
  ])('tells %s', (_what, meta, told) => {
    expect(changedFacts(meta)).toBe(told)
  })
})
