import { CommanderError } from 'commander'
import { buildCli } from '../src/cli.ts'
import { reportError } from '../src/report-error.ts'
import { type FakeIoOptions, fakeIo } from './fake-io.ts'

export interface Finished {
  readonly code: number
  readonly stdout: string
  readonly stderr: string
}

/** Runs a command in this process as `bin.ts` does. */
export async function runCli(
  argv: readonly string[],
  options: FakeIoOptions = {},
): Promise<Finished> {
  const io = fakeIo({ ...options, argv })
  const code = await exitCodeOf(io)
  return { code, stdout: io.stdout.text, stderr: io.stderr.text }
}

/** As {@link runCli}, with a person who reads what stands on stdout before typing a line. */
export async function runCliWith(
  argv: readonly string[],
  options: FakeIoOptions & { line: (shown: string) => Promise<string | undefined> },
): Promise<Finished> {
  const io = fakeIo({ ...options, argv })
  const stdin = { ...io.stdin, line: () => options.line(io.stdout.text) }
  const code = await exitCodeOf({ ...io, stdin })
  return { code, stdout: io.stdout.text, stderr: io.stderr.text }
}

async function exitCodeOf(io: ReturnType<typeof fakeIo>): Promise<number> {
  try {
    await (await buildCli(io)).parseAsync(io.argv, { from: 'user' })
    return 0
  } catch (error) {
    return error instanceof CommanderError ? 0 : reportError(error, io)
  }
}
