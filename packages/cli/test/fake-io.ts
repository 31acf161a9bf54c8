import type { Io, Writer } from '../src/io.ts'

export interface FakeWriter extends Writer {
  /** All that was written. */
  readonly text: string
}

export function fakeWriter(view: { isTTY?: boolean; columns?: number; rows?: number } = {}) {
  const { isTTY = false, columns = 80, rows = 24 } = view
  const written: string[] = []
  return {
    isTTY,
    columns,
    rows,
    write: (text: string) => {
      written.push(text)
    },
    get text() {
      return written.join('')
    },
  } satisfies FakeWriter
}

export interface FakeIoOptions {
  argv?: readonly string[]
  env?: Record<string, string>
  cwd?: string
  userHome?: string
  /** Lines that are typed. */
  input?: readonly string[]
  isTTY?: boolean
  columns?: number
  rows?: number
  signal?: AbortSignal
}

export interface FakeIo extends Io {
  readonly stdout: FakeWriter
  readonly stderr: FakeWriter
}

/** The outside world of a command, kept in memory. */
export function fakeIo(options: FakeIoOptions = {}): FakeIo {
  const input = [...(options.input ?? [])]
  return {
    argv: options.argv ?? [],
    env: options.env ?? {},
    cwd: options.cwd ?? '/nowhere',
    userHome: options.userHome ?? '/nowhere',
    stdin: {
      isTTY: options.isTTY === true,
      line: async () => input.shift(),
      all: async () => input.splice(0).join('\n'),
    },
    stdout: fakeWriter(options),
    stderr: fakeWriter(options),
    signal: options.signal ?? new AbortController().signal,
  }
}
