import { type Command, Option } from 'commander'
import type { GridSettingFlags } from '../commands/grid-setting-flags.ts'
import { type Run, repeatable } from './options.ts'

/** Declares `grid update`, and what shows the selected grid. */
export function declareGridSettings(grid: Command, run: Run): void {
  const update = grid
    .command('update')
    .argument('<NAME>', 'Name of the grid')
    .description('Change where statistics and logs of a grid go, and where its services run')
  addGridSettings(update)
    .option('--no-default-affinity', 'Leave it no default affinity')
    .option('--no-statsd-server', 'Send statistics nowhere')
    .action((name: string, flags: GridSettingFlags) =>
      run(async (context) => {
        const { updateGrid } = await import('../commands/grid-update.ts')
        await updateGrid({ ...flags, name }, context)
      }),
    )
  grid
    .command('current')
    .description('Show the selected grid')
    .option('--name', 'Only its name')
    .action((flags: { name?: boolean }) =>
      run(async (context) => {
        const { showCurrentGrid } = await import('../commands/grid-current.ts')
        await showCurrentGrid(flags, context)
      }),
    )
}

/** Flags of what can be said when a grid is made, and changed later. */
export function addGridSettings(command: Command): Command {
  return command
    .addOption(repeatable('--default-affinity <AFFINITY>', 'Default affinity of services'))
    .option(
      '--statsd-server <HOST:PORT>',
      'Where agents of 1.5 send statistics, to port 8125 by default',
    )
    .option('--log-forwarder <NAME>', 'Where agents of 1.5 send logs: fluentd, or none')
    .addOption(
      repeatable('--log-opt <KEY=VALUE>', 'Option of the forwarder, as fluentd-address=HOST:PORT'),
    )
    .addOption(new Option('--no-log-forwarder', 'Send logs nowhere'))
}
