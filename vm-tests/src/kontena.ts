import { join } from 'node:path'
import { execa } from 'execa'
import type { z } from 'zod'
import type { Release } from './release.ts'

export const node = join(import.meta.dirname, '../../node_modules/node/bin/node')

/** The command as a person's process, with a home folder of its own. */
export interface Kontena {
  /** Runs it to its end and gives what it prints. Rejects with all it said when it fails. */
  run(words: readonly string[], signal: AbortSignal): Promise<string>
  /** The same, for what it answers with `--json`. */
  ask<T extends z.ZodType>(
    answer: T,
    words: readonly string[],
    signal: AbortSignal,
  ): Promise<z.infer<T>>
  readonly environment: Readonly<Record<string, string>>
}

/** What one command may take: a machine that is emulated in software boots for minutes. */
const longest = 1_500_000

/** @param enter words to put before the command, so that it runs somewhere else */
export function openKontena(
  { program }: Release,
  environment: Readonly<Record<string, string>>,
  enter: readonly string[] = [],
): Kontena {
  const run = async (words: readonly string[], signal: AbortSignal): Promise<string> => {
    const [file = node, ...rest] = [...enter, node, program, ...words]
    const { all, stdout, exitCode } = await execa(file, rest, {
      env: environment,
      cancelSignal: signal,
      timeout: longest,
      stdin: 'ignore',
      all: true,
      reject: false,
    })
    signal.throwIfAborted()
    if (exitCode === 0) return stdout
    throw new Error(`kontena ${words.join(' ')} ended with ${exitCode}:\n${all}`)
  }
  return {
    environment,
    run,
    ask: async (answer, words, signal) =>
      answer.parse(JSON.parse(await run([...words, '--json'], signal))),
  }
}
