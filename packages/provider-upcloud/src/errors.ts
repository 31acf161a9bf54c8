import { type FailureCode, isFailure, ProvisionError } from '@kontena/core'
import { UpcloudError } from '@kontena/upcloud-api'
import { describeFailure, type Question } from './explanations.ts'

/**
 * Codes that UpCloud answers with, from its documentation, recorded answers and its own clients' error
 * handling. What stands here wins over the HTTP status.
 */
const codes: ReadonlyMap<string, FailureCode> = new Map(
  Object.entries({
    AUTHENTICATION_FAILED: 'BAD_CREDENTIALS',
    UNAUTHORIZED_ADDRESS: 'BAD_CREDENTIALS',
    ACCESS_DENIED: 'ACCESS_DENIED',
    PERMISSION_DENIED: 'ACCESS_DENIED',
    INSUFFICIENT_CREDITS: 'ACCOUNT_NOT_READY',
    TRIAL_PLAN: 'ACCOUNT_NOT_READY',
    DUPLICATE_RESOURCE: 'NAME_TAKEN',
    DEVICE_ALLOCATION_FAILED: 'NO_CAPACITY',
    DEVICES_NOT_AVAILABLE: 'NO_CAPACITY',
    DEVICE_UNAVAILABLE: 'NO_CAPACITY',
    'METADATA_DISABLED_ON_CLOUD-INIT': 'BAD_OPTIONS',
    UNKNOWN_ATTRIBUTE: 'BAD_OPTIONS',
    // Too many at once, which Terraform's users are told to lower its parallelism for.
    SERVER_CREATING_LIMIT_REACHED: 'RATE_LIMITED',
  } as const),
)

/** Families of codes, read in this order where the table has no entry. */
const families: readonly (readonly [RegExp, FailureCode])[] = [
  [/^TRIAL_/, 'ACCOUNT_NOT_READY'],
  [/_FORBIDDEN$/, 'ACCESS_DENIED'],
  [/(^|_)NOT_FOUND$/, 'NOT_FOUND'],
  [/_EXISTS$/, 'NAME_TAKEN'],
  [/_RESOURCES_UNAVAILABLE$/, 'NO_CAPACITY'],
  [/_LIMIT_REACHED$/, 'QUOTA_EXCEEDED'],
  [/_STATE_ILLEGAL$|_IN_USE$|_ATTACHED$|_NOT_EMPTY$/, 'BUSY'],
  [/_INVALID$|_MISSING$|_ILLEGAL$|_MISMATCH$|_UNSUPPORTED$|_KEYS$/, 'BAD_OPTIONS'],
  [/^INVALID_|^CAN_NOT_/, 'BAD_OPTIONS'],
]

const statuses: ReadonlyMap<number, FailureCode> = new Map([
  [401, 'BAD_CREDENTIALS'],
  [402, 'ACCOUNT_NOT_READY'],
  [403, 'ACCESS_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'UNAVAILABLE'],
  [409, 'BUSY'],
  [429, 'RATE_LIMITED'],
])

/** Milliseconds to wait where UpCloud refuses for now and does not say how long: it makes servers meanwhile. */
const usualRetryAfter: ReadonlyMap<string, number> = new Map([
  ['SERVER_CREATING_LIMIT_REACHED', 10_000],
])

/**
 * An error of the client as one of ours, with the original as its cause. What is none of the client's
 * comes back as it is, since it is a bug.
 */
export function explain(error: unknown, question: Question): unknown {
  if (!(error instanceof UpcloudError)) return error
  const code = codeOf(error)
  const { message, hint } = describeFailure({ code, error, question })
  const retryAfter = error.retryAfter ?? usualRetryAfter.get(error.code)
  return new ProvisionError(code, message, { hint, retryAfter, cause: error })
}

/** Whether a failure of ours came from one of these codes of UpCloud. */
export function isUpcloudFailure(error: unknown, ...names: readonly string[]): boolean {
  return isFailure(error) && error.cause instanceof UpcloudError && names.includes(error.cause.code)
}

function codeOf({ kind, code, status = 0 }: UpcloudError): FailureCode {
  // A refusal is 4xx; whatever else comes tells nothing of whether the request was carried out.
  if (kind !== 'refused' || status < 400 || status >= 500) return 'UNAVAILABLE'
  if (status === 429) return 'RATE_LIMITED'
  // UpCloud always says why. A proxy's 404 must not count as a machine that is gone.
  if (code === '') return 'UNAVAILABLE'
  return (
    codes.get(code) ??
    families.find(([family]) => family.test(code))?.[1] ??
    statuses.get(status) ??
    'BAD_OPTIONS'
  )
}
