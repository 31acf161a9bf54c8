import { expect, test } from 'vitest'
import { ProvisionError } from '../src/errors.ts'
import { unlessGone } from '../src/unless-gone.ts'

test('what is there is answered', async () => {
  expect(await unlessGone(async () => 'there')).toBe('there')
})

test('what is gone is nothing', async () => {
  const gone = new ProvisionError('NOT_FOUND', 'it does not exist')
  expect(await unlessGone(() => Promise.reject(gone))).toBeUndefined()
})

test('any other failure stays one', async () => {
  const unknown = new ProvisionError('UNAVAILABLE', 'no answer')
  await expect(unlessGone(() => Promise.reject(unknown))).rejects.toBe(unknown)
})
