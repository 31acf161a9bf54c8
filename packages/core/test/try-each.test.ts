import { expect, test } from 'vitest'
import { ProvisionError } from '../src/errors.ts'
import { tryEach } from '../src/try-each.ts'

const busy = new ProvisionError('BUSY', 'it is changing')
const denied = new ProvisionError('ACCESS_DENIED', 'a right is missing')
const open = { atOnce: 2, signal: new AbortController().signal }

function failing(failures: ReadonlyMap<number, Error>, tried: number[] = []) {
  return async (item: number) => {
    tried.push(item)
    const failure = failures.get(item)
    if (failure !== undefined) throw failure
  }
}

test('all are tried before one failure rejects', async () => {
  const tried: number[] = []
  const attempt = tryEach([1, 2, 3, 4], open, failing(new Map([[1, denied]]), tried))
  await expect(attempt).rejects.toBe(denied)
  expect(tried).toEqual([1, 2, 3, 4])
})

test('what waiting does not mend is told before what it may', async () => {
  const failures = new Map([
    [1, busy],
    [3, denied],
  ])
  await expect(tryEach([1, 2, 3], open, failing(failures))).rejects.toBe(denied)
  await expect(tryEach([1, 2], open, failing(failures))).rejects.toBe(busy)
})

test('one that is cut off rejects with the reason of who gave up', async () => {
  const signal = AbortSignal.abort(new Error('enough'))
  const attempt = tryEach([1], { atOnce: 2, signal }, failing(new Map([[1, busy]])))
  await expect(attempt).rejects.toThrow('enough')
})

test('without a failure it resolves', async () => {
  await expect(tryEach([1, 2], open, failing(new Map()))).resolves.toBeUndefined()
})
