import type { Command, CommanderError, Option } from 'commander'
import type { Io } from '../io.ts'
import { UsageError } from './usage-error.ts'

/** What is the same for every command: its output, its help, and how its failures leave it. */
export function configureCommand(command: Command, io: Io): void {
  const write = (text: string): void => io.stdout.write(text)
  command
    .configureOutput({
      writeOut: write,
      // Only help that was not asked for by name comes here; a group alone prints it, as in 1.5.
      writeErr: write,
      outputError: () => undefined,
      getOutHelpWidth: () => Math.min(io.stdout.columns, 120),
      getErrHelpWidth: () => Math.min(io.stdout.columns, 120),
    })
    .configureHelp({
      showGlobalOptions: true,
      styleTitle: (title) => helpTitles[title] ?? title,
      minWidthToWrap: 24,
      // Without other names and brackets, so that it can be typed as it stands.
      commandUsage: (shown) => `${pathOf(shown)} ${shown.usage().replace(/[<>]/g, '')}`,
      subcommandTerm: (sub) => [sub.name(), ...sub.aliases()].join(', '),
      optionTerm: (option) => termOf(option, command),
      visibleGlobalOptions: (sub) => globalOptions(sub),
    })
    .exitOverride((error: CommanderError) => {
      throw error.exitCode === 0 || error.code === 'commander.help'
        ? error
        : new UsageError(error, pathOf(command))
    })
  for (const child of command.commands) configureCommand(child, io)
}

/** `--grid GRID`, and `--[no-]x` where one line stands for both that can be typed. */
function termOf(option: Option, command: Command): string {
  const opposite = option.long?.replace(/^--no-/, '--')
  const isPair =
    option.negate && command.options.some(({ long, hidden }) => long === opposite && hidden)
  const flags = option.flags.replace(/[<>[\]]/g, '')
  return isPair ? flags.replace('--no-', '--[no-]') : flags
}

const helpTitles: Readonly<Record<string, string>> = {
  'Arguments:': 'Parameters:',
  'Commands:': 'Subcommands:',
  'Global Options:': 'Everywhere:',
}

function globalOptions(command: Command): Option[] {
  const root = rootOf(command)
  return command === root ? [] : root.options.filter((option) => option.long !== '--version')
}

function rootOf(command: Command): Command {
  return command.parent === null ? command : rootOf(command.parent)
}

/** A command as it is typed, as in `kontena aws node create`. */
export function pathOf(command: Command): string {
  const above = command.parent === null ? '' : `${pathOf(command.parent)} `
  return `${above}${command.name()}`
}
