import { type FailureCode, isFailure } from '@kontena/core'
import { MasterError, type MasterErrorKind } from '@kontena/protocol'
import { UsageError } from './declare/usage-error.ts'
import { OrderFailure } from './order-failure.ts'
import { PluginError } from './plugins/plugin-error.ts'
import { ProgramEnded } from './ssh/program-ended.ts'

/** A failure as people and scripts are told it. */
export interface Failure {
  /** One of core's codes, or `USAGE`, `PLUGIN_BROKEN`, `NOT_STARTED`, `INTERRUPTED` or `BUG`. */
  readonly code: string
  readonly message: string
  readonly hint: string | undefined
  readonly exitCode: number
}

/** 2 usage, 3 credentials or rights, 4 partly made, 5 something is left; all others are 1. */
const exitCodes: Partial<Record<FailureCode, number>> = {
  BAD_OPTIONS: 2,
  NO_GRID: 2,
  NO_CREDENTIALS: 3,
  BAD_CREDENTIALS: 3,
  ACCESS_DENIED: 3,
  ACCOUNT_NOT_READY: 3,
  WRONG_ACCOUNT: 3,
  NOT_LOGGED_IN: 3,
  PARTLY_DONE: 4,
  LEFT_BEHIND: 5,
  CANCELLED: 130,
}

const masterFailures: Record<MasterErrorKind, { code: FailureCode; hint?: string }> = {
  unreachable: { code: 'MASTER_UNREACHABLE', hint: 'is it running, and is this its URL?' },
  untrusted: {
    code: 'MASTER_UNTRUSTED',
    hint: 'log in again with the --ca-sha256 that the start of the master printed',
  },
  unauthorized: {
    code: 'NOT_LOGGED_IN',
    hint: 'log in again: kontena master login URL --code CODE',
  },
  forbidden: {
    code: 'ACCESS_DENIED',
    hint:
      'kontena whoami says who this is; an administrator gives rights with ' +
      'kontena grid user add EMAIL and kontena master user role add ROLE EMAIL',
  },
  'not-found': { code: 'NOT_FOUND' },
  conflict: { code: 'NAME_TAKEN' },
  invalid: { code: 'BAD_OPTIONS' },
  failed: { code: 'UNAVAILABLE', hint: 'the log of the master says more' },
}

const unknownLogin = 'the master does not accept this login, which may have expired or been revoked'

/** Sorts whatever was thrown into failures we foresaw and bugs. */
export function describeFailure(error: unknown, signal: AbortSignal): Failure {
  if (isFailure(error)) {
    return {
      code: error.code,
      message: error.message,
      hint: error.hint,
      exitCode: exitCodes[error.code] ?? 1,
    }
  }
  if (error instanceof ProgramEnded) {
    return { ...describeFailure(error.failure, signal), exitCode: error.exitCode }
  }
  if (error instanceof OrderFailure) return describeFailure(error.failure, signal)
  if (error instanceof UsageError) {
    const see = `See: '${error.command} --help'`
    const hint = error.suggestion === undefined ? see : `${error.suggestion} ${see}`
    return { code: 'USAGE', message: error.message, hint, exitCode: 2 }
  }
  if (error instanceof PluginError) {
    return { code: 'PLUGIN_BROKEN', message: error.message, hint: error.hint, exitCode: 1 }
  }
  if (error instanceof MasterError) return describeRefusal(error)
  if (signal.aborted && isAbort(error, signal)) {
    return { code: 'INTERRUPTED', message: 'Interrupted', hint: undefined, exitCode: 130 }
  }
  const start = startFailure(error)
  if (start !== undefined) return start
  return {
    code: 'BUG',
    message: error instanceof Error ? `${error.name}: ${error.message}` : String(error),
    hint: 'this is a bug; run it again with DEBUG=true to see where, and report that',
    exitCode: 70,
  }
}

function describeRefusal(error: MasterError): Failure {
  const { code, hint } = masterFailures[lacksRight(error) ? 'forbidden' : error.kind]
  return { code, message: refusalMessage(error), hint, exitCode: exitCodes[code] ?? 1 }
}

function refusalMessage(error: MasterError): string {
  if (error.kind === 'unauthorized') return unknownLogin
  if (lacksRight(error)) return `this user may not do that (${error.message})`
  // What is wrong with a field is said for people; the request itself they did not write.
  return Object.values(error.fields).join('; ') || error.message
}

/** As in 1.5, some routes say of a right that is missing what they say of a field that is wrong. */
function lacksRight({ kind, fields }: MasterError): boolean {
  return kind === 'forbidden' || Object.values(fields).includes('Operation not allowed')
}

/** A call that was cut off rejects with the signal's reason, or as its library names it. */
function isAbort(error: unknown, signal: AbortSignal): boolean {
  return error === signal.reason || (error instanceof Error && error.name === 'AbortError')
}

/** A master or a sandbox that could not start throws an error of its own; it is told by its name. */
function startFailure(error: unknown): Failure | undefined {
  if (!(error instanceof Error) || !/^(Master|Sandbox)StartError$/.test(error.name))
    return undefined
  const hint = 'hint' in error && typeof error.hint === 'string' ? error.hint : undefined
  return { code: 'NOT_STARTED', message: error.message, hint, exitCode: 1 }
}
