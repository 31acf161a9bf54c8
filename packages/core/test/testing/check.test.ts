import { expect, test } from 'vitest'
import { ProvisionError } from '../../src/errors.ts'
import {
  checkFailure,
  checkSecrets,
  checkText,
  failureOf,
  outcomeOf,
} from '../../src/testing/check.ts'
import { marker } from '../../src/testing/faults.ts'

const good = new ProvisionError('NOT_FOUND', 'site attic does not exist', { hint: 'check --site' })

test('a failure in plain words passes', () => {
  expect(() => checkText(good)).not.toThrow()
  expect(checkFailure('account', good, ['NOT_FOUND', 'BUSY'])).toBe(good)
})

test.each([
  'Unexpected token < in JSON at position 0',
  'the cloud says <html><body>',
  'the cloud says {"error":"no"}',
  'fetch failed',
  'machine undefined is gone',
  'machine [object Object] is gone',
  'socket hang up',
  'Request failed with status code 503',
  `the cloud says ${marker}`,
  'two\nlines',
  'it ends in a full stop.',
  'long '.repeat(100),
  '',
])('%j is not for people', (message) => {
  expect(() => checkText(new ProvisionError('UNAVAILABLE', message))).toThrow()
})

test('a failure about which something can be done says what', () => {
  expect(() => checkText(new ProvisionError('BAD_CREDENTIALS', 'they are wrong'))).toThrow('hint')
  expect(() => checkText(new ProvisionError('UNAVAILABLE', 'no answer'))).not.toThrow()
})

test('another code, a bug and success are told apart', async () => {
  expect(() => checkFailure('create', good, ['BUSY'])).toThrow(/NOT_FOUND.*not BUSY/)
  expect(() => checkFailure('create', new TypeError('x is null'), [])).toThrow(
    'TypeError: x is null',
  )
  await expect(failureOf('create', async () => 'fine')).rejects.toThrow('did not reject')
})

test('a secret in any text is found, and not told', () => {
  const check = (): void => checkSecrets(['tok-123'], ['all is well', 'not with tok-123'])
  expect(check).toThrow('a secret')
  expect(check).not.toThrow('tok-123')
  expect(() => checkSecrets(['tok-123'], ['all is well'])).not.toThrow()
})

test('what work comes to is told without throwing', async () => {
  expect(await outcomeOf(async () => 7)).toEqual({ value: 7 })
  expect(await outcomeOf(() => Promise.reject(good))).toEqual({ error: good })
})
