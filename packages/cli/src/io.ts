import type { Readable, Writable } from 'node:stream'

/** A stream that text goes to: a terminal, a file, a pipe, or an array in a test. */
export interface Writer {
  write(text: string): void
  readonly isTTY: boolean
  /** Width of the terminal; 80 where there is none. */
  readonly columns: number
  /** Height of the terminal; 24 where there is none. */
  readonly rows: number
  /** The stream itself, for questions that draw on it. */
  stream(): Writable
}

/** Where typed lines come from. */
export interface Reader {
  readonly isTTY: boolean
  /** The next line without its end, or undefined where input has ended. */
  line(signal: AbortSignal): Promise<string | undefined>
  /** Everything up to the end of input. */
  all(): Promise<string>
  /** The stream itself, for questions that read single keys. */
  stream(): Readable
}

/** All of the outside world. `bin.ts` makes it from the process; tests make their own. */
export interface Io {
  /** Words after the program's name. */
  readonly argv: readonly string[]
  readonly env: Readonly<Record<string, string | undefined>>
  readonly cwd: string
  /** The user's home directory. */
  readonly userHome: string
  readonly stdin: Reader
  readonly stdout: Writer
  readonly stderr: Writer
  /** Aborted with the reason `interrupt` on the first Ctrl-C (or SIGTERM). */
  readonly signal: AbortSignal
}
