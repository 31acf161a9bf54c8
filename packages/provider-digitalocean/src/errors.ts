import { type FailureCode, isFailure, ProvisionError } from '@kontena/core'
import { ApiError } from './api-error.ts'
import { describeFailure, type Question } from './explanations.ts'

/** Kinds that DigitalOcean names in an error's `id`; compared in lower case, as older answers differ. */
const ids: ReadonlyMap<string, FailureCode> = new Map(
  Object.entries({
    unauthorized: 'BAD_CREDENTIALS',
    forbidden: 'ACCESS_DENIED',
    not_found: 'NOT_FOUND',
    too_many_requests: 'RATE_LIMITED',
    payment_required: 'ACCOUNT_NOT_READY',
    precondition_failed: 'BUSY',
    server_error: 'UNAVAILABLE',
    internal_server_error: 'UNAVAILABLE',
    service_unavailable: 'UNAVAILABLE',
  } as const),
)

const statuses: ReadonlyMap<number, FailureCode> = new Map([
  [401, 'BAD_CREDENTIALS'],
  [402, 'ACCOUNT_NOT_READY'],
  [403, 'ACCESS_DENIED'],
  [404, 'NOT_FOUND'],
  [408, 'UNAVAILABLE'],
  [409, 'BUSY'],
  [410, 'NOT_FOUND'],
  [412, 'BUSY'],
  [423, 'BUSY'],
  [429, 'RATE_LIMITED'],
])

/**
 * What a refusal is about stands in its text only: quota, room, a name and a wrong size are all
 * `unprocessable_entity`. The texts come from public clients and their issues; the first match counts.
 */
const texts: readonly (readonly [RegExp, FailureCode])[] = [
  [
    /account\b.*\b(locked|suspended|disabled|hold|inactive|verif)|verify your|payment|billing|credit card|past due/i,
    'ACCOUNT_NOT_READY',
  ],
  [
    /\bquota\b|exceed\w*\b.*\blimit|limit\b.*\b(reached|exceeded)|maximum number of/i,
    'QUOTA_EXCEEDED',
  ],
  [/with members|has members|member resources/i, 'BUSY'],
  [/pending event|in progress|being (processed|created|destroyed|deleted)|\blocked\b/i, 'BUSY'],
  [
    /already (in use|exists?|been taken|taken)|is taken|must be unique|not unique|duplicate/i,
    'NAME_TAKEN',
  ],
  [/image\b.*\bnot available|\binvalid\b/i, 'BAD_OPTIONS'],
  [
    /not (currently )?available|unavailable|\bcapacity\b|sold out|(temporarily|currently) (disabled|restricted)/i,
    'NO_CAPACITY',
  ],
]

/**
 * An answer of DigitalOcean, or none, as one of our failures. What is neither comes back as it is, since
 * it is a bug.
 */
export function explain(error: unknown, question: Question): unknown {
  if (!(error instanceof ApiError)) return error
  const code = codeOf(error)
  const { message, hint } = describeFailure({ code, error, question })
  return new ProvisionError(code, message, { hint, cause: error, retryAfter: error.retryAfter })
}

/** Whether a failure of ours came from an answer of DigitalOcean that says such a thing. */
export function hasSaid(error: unknown, text: RegExp): error is ProvisionError {
  return isFailure(error) && error.cause instanceof ApiError && text.test(error.cause.message)
}

/** Whether DigitalOcean answered with this status. */
export function hasStatus(error: unknown, status: number): boolean {
  return isFailure(error) && error.cause instanceof ApiError && error.cause.status === status
}

function codeOf({ status, id, message }: ApiError): FailureCode {
  if (status === undefined || status < 400 || status >= 500) return 'UNAVAILABLE'
  // A refusal of DigitalOcean's own says something. A proxy's 404 must not count as a machine that is gone.
  const isOwn = id !== '' || message !== ''
  if (!isOwn && status !== 429) return 'UNAVAILABLE'
  const kind = ids.get(id.toLowerCase()) ?? statuses.get(status)
  // Who asks, and how often, is told before anything is looked at.
  if (kind === 'BAD_CREDENTIALS' || kind === 'RATE_LIMITED' || kind === 'UNAVAILABLE') return kind
  return texts.find(([text]) => text.test(message))?.[1] ?? kind ?? 'BAD_OPTIONS'
}
