/**
 * Every kind of failure we foresee. The list is closed: providers map their cloud's codes to these,
 * the command line maps these to exit codes, and anything else that is thrown is a bug.
 */
export const failureCodes = [
  /** A flag, name, label, size, image, zone or other input that cannot be right. */
  'BAD_OPTIONS',
  /** No credentials were found, or they are expired. */
  'NO_CREDENTIALS',
  /** The cloud or the master does not accept these credentials. */
  'BAD_CREDENTIALS',
  /** The credentials are good but lack a right; the message names it. */
  'ACCESS_DENIED',
  /** Something that was named (image, key pair, network, node, grid) does not exist. */
  'NOT_FOUND',
  'NAME_TAKEN',
  /** The zone has no such machine left now; another may. */
  'NO_CAPACITY',
  /** The account's own limit is reached. */
  'QUOTA_EXCEEDED',
  /** The cloud asks for terms to be accepted, or an account to be completed, first. */
  'ACCOUNT_NOT_READY',
  /** Too many requests; the same call may be made again later. */
  'RATE_LIMITED',
  /** The thing is in use or changing; the same call may succeed later. */
  'BUSY',
  /** No answer, or a broken one: the call may or may not have happened. */
  'UNAVAILABLE',
  /** These credentials are for another account or region than the machine's. */
  'WRONG_ACCOUNT',
  /** What a machine would boot with exceeds the provider's limit. */
  'BOOTSTRAP_TOO_LARGE',
  'MACHINE_FAILED',
  'TIMED_OUT',
  'MASTER_UNREACHABLE',
  'MASTER_UNTRUSTED',
  /** The master lacks what we need, or machines could not reach it. */
  'MASTER_UNSUITABLE',
  'NOT_LOGGED_IN',
  'NO_GRID',
  /** A local file could not be read or written; nothing was done that depends on it. */
  'LOCAL_FILE',
  /** Some of the machines were made, not all. */
  'PARTLY_DONE',
  /** Something that costs money or blocks a name may be left; an order stays open. */
  'LEFT_BEHIND',
  'CONFIRMATION_REQUIRED',
  'NOT_SUPPORTED',
  'CANCELLED',
] as const
export type FailureCode = (typeof failureCodes)[number]

export interface FailureDetails extends ErrorOptions {
  /** What to do next, as one sentence or a command to type. */
  hint?: string | undefined
  /** Milliseconds after which the cloud said to ask again (RATE_LIMITED, BUSY). */
  retryAfter?: number | undefined
}

/** A failure we foresaw, which the person running the command can act on. */
export class ProvisionError extends Error {
  static {
    ProvisionError.prototype.name = 'ProvisionError'
  }
  readonly code: FailureCode
  readonly hint: string | undefined
  readonly retryAfter: number | undefined

  /**
   * @param message what failed, with the name or id in it; no full stop, no secret, no raw SDK text
   */
  constructor(code: FailureCode, message: string, details: FailureDetails = {}) {
    super(message, details)
    this.code = code
    this.hint = details.hint
    this.retryAfter = details.retryAfter
  }
}

/**
 * Whether an error is one of ours, and of one of these codes where any are given. It compares the
 * name and not the class, since a plug-in may hold its own copy of this package.
 */
export function isFailure(error: unknown, ...codes: FailureCode[]): error is ProvisionError {
  return (
    error instanceof Error &&
    error.name === 'ProvisionError' &&
    'code' in error &&
    (codes.length === 0 || codes.some((code) => code === error.code))
  )
}
