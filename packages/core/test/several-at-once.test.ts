import { expect, test } from 'vitest'
import { severalAtOnce } from '../src/several-at-once.ts'

test('no more than so many are under way at once, and all are handled in spite of one that fails', async () => {
  let underWay = 0
  let most = 0
  const outcomes = await severalAtOnce([1, 2, 3, 4, 5], 2, async (item) => {
    underWay += 1
    most = Math.max(most, underWay)
    await new Promise((resolve) => setTimeout(resolve, 6 - item))
    underWay -= 1
    if (item === 2) throw new Error('two')
    return item * 10
  })
  expect(most).toBe(2)
  expect(outcomes.map((outcome) => outcome.status === 'fulfilled' && outcome.value)).toEqual([
    10,
    false,
    30,
    40,
    50,
  ])
  expect(outcomes[1]).toMatchObject({ status: 'rejected', reason: { message: 'two' } })
})

test('nothing is nothing', async () => {
  expect(await severalAtOnce([], 8, async () => 1)).toEqual([])
})
