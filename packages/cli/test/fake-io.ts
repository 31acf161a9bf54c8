import { PassThrough, Writable } from 'node:stream'
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
    stream: () => streamTo(written, { columns, rows }),
    get text() {
      return written.join('')
    },
  } satisfies FakeWriter
}

function streamTo(written: string[], view: { columns: number; rows: number }): Writable {
  const stream = new Writable({
    write(chunk, _encoding, done) {
      written.push(String(chunk))
      done()
    },
  })
  return Object.assign(stream, { ...view, isTTY: true })
}

export interface FakeIoOptions {
  argv?: readonly string[]
  env?: Record<string, string>
  cwd?: string
  userHome?: string
  /** Lines that are typed. */
  input?: readonly string[]
  /**
   * Keys that are pressed once a text shows, in this order. A text counts only below the one before it,
   * so that the order of questions is held to.
   */
  keys?: readonly (readonly [shows: string, press: string])[]
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
  const stdout = fakeWriter(options)
  const person = watchingPerson(stdout, options.keys ?? [])
  return {
    argv: options.argv ?? [],
    env: options.env ?? {},
    cwd: options.cwd ?? '/nowhere',
    userHome: options.userHome ?? '/nowhere',
    stdin: {
      isTTY: options.isTTY === true,
      line: async () => input.shift(),
      all: async () => input.splice(0).join('\n'),
      stream: () => person,
    },
    stdout,
    stderr: fakeWriter(options),
    signal: options.signal ?? new AbortController().signal,
  }
}

/** Presses keys as texts show. Looks at the screen as a person does, now and then. */
function watchingPerson(
  screen: FakeWriter,
  keys: readonly (readonly [shows: string, press: string])[],
): PassThrough {
  const keyboard = new PassThrough()
  const waiting = [...keys]
  let seen = 0
  if (waiting.length === 0) return keyboard
  const looking = setInterval(() => {
    const [next] = waiting
    if (next === undefined) return clearInterval(looking)
    const [shows, press] = next
    const at = screen.text.indexOf(shows, seen)
    if (at === -1) return
    waiting.shift()
    seen = at + shows.length
    keyboard.write(press)
  }, 5)
  looking.unref()
  return keyboard
}
