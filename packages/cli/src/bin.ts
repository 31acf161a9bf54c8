#!/usr/bin/env node
import { homedir } from 'node:os'
import { CommanderError } from 'commander'
import { buildCli } from './cli.ts'
import type { Io, Reader, Writer } from './io.ts'

const stdout = writerOf(() => process.stdout)
const stderr = writerOf(() => process.stderr)
const interrupt = new AbortController()

const io: Io = {
  argv: process.argv.slice(2),
  env: process.env,
  cwd: process.cwd(),
  userHome: homedir(),
  stdin: readerOf(() => process.stdin),
  stdout,
  stderr,
  signal: interrupt.signal,
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (interrupt.signal.aborted) process.exit(130)
    interrupt.abort('interrupt')
  })
}

void main()

async function main(): Promise<void> {
  const code = await run()
  // What a pipe has not taken yet would be lost on exit.
  await stdout.drain()
  await stderr.drain()
  process.exit(code)
}

async function run(): Promise<number> {
  try {
    const program = await buildCli(io)
    await program.parseAsync(io.argv, { from: 'user' })
    return 0
  } catch (error) {
    // Help and the version were printed; nothing failed.
    if (error instanceof CommanderError) return 0
    const { reportError } = await import('./report-error.ts')
    return reportError(error, io)
  }
}

/**
 * Streams open when they are used, since each costs time at start. A reader that went away
 * (`kontena node list | head`) ends our output, not our work.
 */
function writerOf(open: () => NodeJS.WriteStream): Writer & { drain(): Promise<void> } {
  let opened: NodeJS.WriteStream | undefined
  let gone = false
  const stream = (): NodeJS.WriteStream => {
    opened ??= open().on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error
      gone = true
    })
    return opened
  }
  return {
    write: (text) => {
      const out = stream()
      if (!gone) out.write(text)
    },
    drain: () =>
      new Promise((resolve) => {
        if (opened === undefined || gone) resolve()
        else opened.write('', () => resolve())
      }),
    get isTTY() {
      return stream().isTTY === true
    },
    get columns() {
      return stream().columns || 80
    },
    get rows() {
      return stream().rows || 24
    },
    stream,
  }
}

function readerOf(open: () => NodeJS.ReadStream): Reader {
  return {
    get isTTY() {
      return open().isTTY === true
    },
    async line(signal) {
      const { createInterface } = await import('node:readline')
      // Not as a terminal: readline would take Ctrl-C for itself.
      const lines = createInterface({ input: open(), terminal: false, signal })
      try {
        return await new Promise<string | undefined>((resolve, reject) => {
          lines.once('line', resolve)
          lines.once('close', () => (signal.aborted ? reject(signal.reason) : resolve(undefined)))
        })
      } finally {
        lines.close()
      }
    },
    async all() {
      const chunks: Buffer[] = []
      for await (const chunk of open()) chunks.push(Buffer.from(chunk))
      return Buffer.concat(chunks).toString('utf8')
    },
    stream: open,
  }
}
