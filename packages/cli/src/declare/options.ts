import { type Command, Option } from 'commander'
import type { Context } from '../context.ts'

/** Opens the context, runs a command in it, and closes its live output. */
export type Run = (work: (context: Context) => Promise<void>) => Promise<void>

/** `--grid`, for every command that works on one. */
export function gridOption(): Option {
  return new Option('--grid <GRID>', 'Grid to work on (env KONTENA_GRID)')
}

/** An option whose values add up, in the order they are given. */
export function repeatable(flags: string, description: string): Option {
  return new Option(flags, `${description} (repeatable)`).argParser(
    // It is false where the opposite flag stood before.
    (value: string, previous: string[] | false | undefined) => [...(previous || []), value],
  )
}

/** `--agent-image` and `--agent-runtime`, for every command that says what machines run. */
export function addAgentOptions(command: Command): Command {
  return command
    .option('--agent-image <IMAGE>', 'Run this complete agent image')
    .option('--agent-runtime <IMAGE>', "Node.js image that the master's agent runs in")
}

/** Above a provider's own options in a help. */
export function headingOf({ title }: { readonly title: string }): string {
  return `${title.charAt(0).toUpperCase()}${title.slice(1)}:`
}
