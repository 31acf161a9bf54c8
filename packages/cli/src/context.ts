import { join } from 'node:path'
import type { Emit } from '@kontena/core'
import { confirmByName, confirmYes } from './confirm.ts'
import { homeOf } from './home.ts'
import type { Io, Reader, Writer } from './io.ts'
import { given } from './options/given.ts'
import { warningLines } from './output/describe-event.ts'
import { jsonLine } from './output/json-line.ts'
import { openReporter } from './output/report-events.ts'
import { type Style, style } from './output/style.ts'
import { openPrompts } from './prompts/open-prompts.ts'
import type { Prompts } from './prompts/prompts.ts'

/** What a command gets besides its options. Everything a command says goes through it. */
export interface Context {
  readonly env: Io['env']
  readonly cwd: string
  /** Our own directory: `KONTENA_HOME`, or `~/.kontena`. */
  readonly home: string
  /** The client configuration: `KONTENA_CONFIG`, or `~/.kontena_client.json`. */
  readonly configFile: string
  readonly stdin: Reader
  readonly stdout: Writer
  readonly stderr: Writer
  /** A person can be asked: input and output are terminals, and `--json` was not given. */
  readonly isTTY: boolean
  /** Output is a terminal on which lines may be redrawn in place. */
  readonly live: boolean
  readonly columns: number
  readonly color: boolean
  readonly style: Style
  /** Results go to stdout as JSON, and text for people to stderr. */
  readonly json: boolean
  /** Aborted with the reason `interrupt` on Ctrl-C. */
  readonly signal: AbortSignal
  /** Sink for the events of core's operations. */
  readonly emit: Emit
  /** A line of text for people: on stdout, or on stderr with `--json`. */
  say(line: string): void
  /** A line of output that a script may read, on stdout. */
  print(line: string): void
  /** One JSON value as a line on stdout. */
  printJson(value: unknown): void
  /** ` [warn] text` on stderr. */
  warn(message: string, hint?: string): void
  /** A line on stderr when the command is over, once however often it is given. */
  warnLast(line: string): void
  /**
   * Asks the person to type the name before something is destroyed; nothing is asked with `force`.
   * Rejects with `BAD_OPTIONS` where nobody can be asked, `CONFIRMATION_REQUIRED` on another answer.
   */
  confirm(name: string, options: { force: boolean }): Promise<void>
  /** The same for what can be undone: a yes is enough, and Enter is one. */
  agree(question: string, options: { force: boolean }): Promise<void>
  /** Questions for what was not typed. Ask them only where {@link isTTY}. */
  readonly prompts: Prompts
}

export interface ContextFlags {
  json?: boolean
  color?: boolean
}

/** A context and the end of its live output. */
export interface OpenContext extends Context {
  /** Leaves the terminal as it is to stay, marking what was under way as done or failed. */
  close(failed: boolean): void
}

export function openContext(io: Io, flags: ContextFlags = {}): OpenContext {
  const json = flags.json === true
  const color = wantsColor(io, flags)
  const output = json ? io.stderr : io.stdout
  const paint = style(color && output.isTTY)
  const live = !json && io.stdout.isTTY && !isSimple(io)
  const reporter = openReporter({
    stdout: io.stdout,
    stderr: io.stderr,
    format: json ? 'json' : live ? 'live' : 'plain',
    style: paint,
    signal: io.signal,
  })
  const isTTY = io.stdin.isTTY && io.stdout.isTTY && !json
  const lastLines = new Set<string>()

  return {
    env: io.env,
    cwd: io.cwd,
    home: homeOf(io),
    configFile: given(io.env.KONTENA_CONFIG) ?? join(io.userHome, '.kontena_client.json'),
    stdin: io.stdin,
    stdout: io.stdout,
    stderr: io.stderr,
    isTTY,
    live,
    columns: io.stdout.columns,
    color,
    style: paint,
    json,
    signal: io.signal,
    emit: reporter.emit,
    say: (line) => reporter.below(() => output.write(`${line}\n`)),
    print: (line) => reporter.below(() => io.stdout.write(`${line}\n`)),
    printJson: (value) => io.stdout.write(jsonLine(value)),
    warn: (message, hint) =>
      reporter.above(() => {
        for (const line of warningLines(message, hint, paint)) io.stderr.write(`${line}\n`)
      }),
    warnLast: (line) => void lastLines.add(line),
    confirm: (name, { force }) =>
      force
        ? Promise.resolve()
        : reporter.above(() => confirmByName(name, { ...io, isTTY, style: paint })),
    agree: (question, { force }) =>
      force
        ? Promise.resolve()
        : reporter.above(() => confirmYes(question, { ...io, isTTY, style: paint })),
    prompts: openPrompts(io, { simple: isSimple(io) }),
    close: (failed) => {
      reporter.close(failed)
      for (const line of lastLines) io.stderr.write(`${paint.yellow(line)}\n`)
    },
  }
}

/** Whether nothing may be drawn again. A terminal without a width, as containers give one, wraps each letter. */
function isSimple(io: Io): boolean {
  const stream = io.stdout.stream()
  const hasNoWidth = io.stdout.isTTY && 'columns' in stream && stream.columns === 0
  return given(io.env.KONTENA_SIMPLE_TERM) !== undefined || io.env.TERM === 'dumb' || hasNoWidth
}

function wantsColor(io: Io, flags: ContextFlags): boolean {
  return flags.color !== false && given(io.env.NO_COLOR) === undefined && !isSimple(io)
}
