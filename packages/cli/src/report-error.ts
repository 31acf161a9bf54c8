import { describeFailure, type Failure } from './describe-failure.ts'
import { FollowEnded } from './follow-ended.ts'
import type { Io } from './io.ts'
import { OrderFailure } from './order-failure.ts'
import { jsonLine } from './output/json-line.ts'
import { maskSecrets } from './output/mask-secrets.ts'
import { printable, printableLines } from './output/printable.ts'
import { style } from './output/style.ts'
import { SaidNo } from './said-no.ts'
import { ProgramEnded } from './ssh/program-ended.ts'

/**
 * Tells what went wrong and what to do next, and returns the exit code. It is the only place that
 * turns errors into text; no secret that the command was given passes it.
 */
export function reportError(error: unknown, io: Io): number {
  if (error instanceof ProgramEnded && error.failure === undefined) return error.exitCode
  if (error instanceof SaidNo) return 1
  if (error instanceof FollowEnded) return 130
  const failure = describeFailure(error, io.signal)
  const message = clean(failure.message, io)
  const hint = failure.hint === undefined ? undefined : clean(failure.hint, io)
  if (wantsJson(io)) {
    const outcome = error instanceof OrderFailure ? error.outcome : {}
    const line = { ...outcome, error: { code: failure.code, message, hint } }
    io.stdout.write(jsonLine(line))
  } else {
    io.stderr.write(textOf(failure, message, hint, io))
  }
  if (wantsStack(io)) io.stderr.write(`${maskSecrets(printableLines(stackOf(error)), io)}\n`)
  return failure.exitCode
}

function textOf(failure: Failure, message: string, hint: string | undefined, io: Io): string {
  const paint = style(io.stderr.isTTY && !io.env.NO_COLOR && !io.argv.includes('--no-color'))
  // What cannot be understood looks as it did in 1.5: the line, a blank one, and where to look.
  if (failure.code === 'USAGE') return `ERROR: ${message}\n\n${hint}\n`
  const line = ` [${paint.red('error')}] ${message}\n`
  return hint === undefined ? line : `${line}hint: ${hint}\n`
}

function clean(text: string, io: Io): string {
  return maskSecrets(printable(text.trim()), io)
}

/** The command line may be what could not be understood, so it is read as it stands. */
function wantsJson(io: Io): boolean {
  return flagsOf(io).includes('--json')
}

function wantsStack(io: Io): boolean {
  const { DEBUG } = io.env
  const flagged = flagsOf(io).some((word) => word === '-D' || word === '--debug')
  return flagged || (DEBUG !== undefined && DEBUG !== '' && DEBUG !== 'false')
}

/** Words after `--` are values. */
function flagsOf(io: Io): readonly string[] {
  const end = io.argv.indexOf('--')
  return end === -1 ? io.argv : io.argv.slice(0, end)
}

/** The whole chain of causes: a bug is seldom where it is noticed. */
function stackOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error)
  const stack = error.stack ?? error.message
  return error.cause === undefined ? stack : `${stack}\ncaused by: ${stackOf(error.cause)}`
}
