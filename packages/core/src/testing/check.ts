import assert from 'node:assert/strict'
import { type FailureCode, failureCodes, isFailure, type ProvisionError } from '../errors.ts'
import { marker } from './faults.ts'

/** Failures whose reader can do something about them, and is to be told what. */
const actionable: readonly FailureCode[] = [
  'BAD_OPTIONS',
  'NO_CREDENTIALS',
  'BAD_CREDENTIALS',
  'ACCESS_DENIED',
  'NOT_FOUND',
  'NO_CAPACITY',
  'QUOTA_EXCEEDED',
  'ACCOUNT_NOT_READY',
]
/** What parsers, HTTP clients and SDKs say, and people should not have to read. */
const raw =
  /<[a-z!?/]|\{"|Unexpected (token|end)|\[object |undefined|socket hang up|fetch failed|other side closed|ECONNRESET:|status code \d|^\s*at .+:\d+/im
const longestMessage = 300

export type Outcome<T> =
  | { readonly value: T; readonly error?: undefined }
  | { readonly value?: undefined; readonly error: unknown }

/** What a call came to, without throwing. */
export async function outcomeOf<T>(work: () => Promise<T>): Promise<Outcome<T>> {
  try {
    return { value: await work() }
  } catch (error) {
    return { error }
  }
}

/** The failure a call rejects with; fails where it resolves, or with what is none of ours. */
export async function failureOf(
  what: string,
  work: () => Promise<unknown>,
  ...codes: FailureCode[]
): Promise<ProvisionError> {
  const { error } = await outcomeOf(work)
  assert.notEqual(error, undefined, `${what} did not reject`)
  return checkFailure(what, error, codes)
}

/** Checks the kind of a failure and that a person can read it. */
export function checkFailure(
  what: string,
  error: unknown,
  codes: readonly FailureCode[],
): ProvisionError {
  if (!isFailure(error)) assert.fail(`${what} rejected with no ProvisionError but ${tell(error)}`)
  assert.ok(
    failureCodes.includes(error.code),
    `${what} rejected with a code that does not exist: ${error.code}`,
  )
  if (codes.length > 0 && !codes.includes(error.code)) {
    assert.fail(`${what} rejected with ${error.code} (${error.message}), not ${codes.join(' or ')}`)
  }
  checkText(error)
  return error
}

/** A message names what failed, in one line of our own words. */
export function checkText({ code, message, hint }: ProvisionError): void {
  for (const text of [message, hint ?? '']) {
    assert.doesNotMatch(text, raw, `${code} tells raw text: ${text}`)
    assert.ok(!text.includes(marker), `${code} quotes the cloud's answer: ${text}`)
  }
  assert.ok(message.length > 0 && message.length <= longestMessage, `${code} tells: ${message}`)
  assert.doesNotMatch(message, /\.$|\n/, `${code} is no single phrase: ${message}`)
  if (actionable.includes(code)) assert.ok(hint, `${code} gives no hint: ${message}`)
}

/** No text that stands for a secret is anywhere in what people see. */
export function checkSecrets(secrets: readonly string[], texts: readonly string[]): void {
  for (const secret of secrets) {
    // Whoever reads of the leak is not to read the secret there.
    const isTold = texts.some((text) => text.includes(secret))
    assert.ok(!isTold, 'a secret stands in a text for people')
  }
}

function tell(error: unknown): string {
  return error instanceof Error ? `${error.name}: ${error.message}` : String(error)
}
