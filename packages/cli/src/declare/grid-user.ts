import type { Command } from 'commander'
import { gridOption, type Run } from './options.ts'

/** Declares `grid user …`. */
export function declareGridUsers(user: Command, run: Run): void {
  user
    .command('list')
    .alias('ls')
    .description('List the users of a grid')
    .option('-q, --quiet', 'E-mail addresses only')
    .addOption(gridOption())
    .action((flags: { quiet?: boolean; grid?: string }) =>
      run(async (context) => {
        const { listGridUsers } = await import('../commands/grid-user.ts')
        await listGridUsers(flags, context)
      }),
    )
  user
    .command('add')
    .argument('<EMAIL>', 'E-mail address of a user of the master')
    .description('Let a user into a grid')
    .addOption(gridOption())
    .action((email: string, flags: { grid?: string }) =>
      run(async (context) => {
        const { addGridUser } = await import('../commands/grid-user.ts')
        await addGridUser({ ...flags, email }, context)
      }),
    )
  user
    .command('remove')
    .alias('rm')
    .argument('<EMAIL>', 'E-mail address of a user of the grid')
    .description('Take a user out of a grid')
    .option('--force', 'Do not ask')
    .addOption(gridOption())
    .action((email: string, flags: { force?: boolean; grid?: string }) =>
      run(async (context) => {
        const { removeGridUser } = await import('../commands/grid-user.ts')
        await removeGridUser({ ...flags, email }, context)
      }),
    )
}
