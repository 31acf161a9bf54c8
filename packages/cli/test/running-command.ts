import { expect, onTestFinished, vi } from 'vitest'
import { buildCli } from '../src/cli.ts'
import { reportError } from '../src/report-error.ts'
import { type FakeIoOptions, fakeIo } from './fake-io.ts'
import { openScreen, type Screen } from './screen.ts'

export interface RunningCommand {
  /** Its output is a terminal where one was asked for. */
  readonly screen: Screen
  readonly stderr: { readonly text: string }
  /** Resolves to the exit code. */
  readonly ended: Promise<number>
  /** Ctrl-C. */
  interrupt(): void
  /** Resolves once the output has it. */
  shows(text: string | RegExp): Promise<void>
}

/** Runs a command that goes on until it is interrupted, at the latest when the test ends. */
export function startCommand(
  argv: readonly string[],
  options: FakeIoOptions & {
    folder: string
    /** What goes to stderr shows there too, as on a real terminal. */
    isOneScreen?: boolean
  },
): RunningCommand {
  const control = new AbortController()
  const { folder, isTTY = false, columns = 80, rows = 24 } = options
  const plain = fakeIo({ ...options, argv, userHome: folder, signal: control.signal })
  const screen = openScreen({ columns, rows })
  const stdout = Object.assign(screen, { isTTY })
  const io = { ...plain, stdout, stderr: options.isOneScreen ? stdout : plain.stderr }
  const ended = buildCli(io)
    .then((program) => program.parseAsync(io.argv, { from: 'user' }))
    .then(
      () => 0,
      (error: unknown) => reportError(error, io),
    )
  const interrupt = (): void => control.abort('interrupt')
  onTestFinished(interrupt)
  return {
    screen,
    stderr: plain.stderr,
    ended,
    interrupt,
    shows: (text) => vi.waitFor(() => expect(screen.text).toMatch(text), { timeout: 5_000 }),
  }
}
