import type { Command } from 'commander'
import type { Run } from './options.ts'

const data = ['--data <DIR>', 'Where its data is (default: ~/.kontena/master)'] as const

/** What keeps a master that runs on this computer from being lost. */
export function declareMasterBackup(master: Command, run: Run): void {
  master
    .command('backup')
    .argument('<FILE>', 'File to write; it is replaced once the new one is complete')
    .description('Back up the master on this computer, while it runs or not')
    .option(...data)
    .action((file: string, flags: { data?: string }) =>
      run(async (context) => {
        const { backUp } = await import('../commands/master-backup.ts')
        await backUp({ ...flags, file }, context)
      }),
    )
  master
    .command('restore')
    .argument('<FILE>', 'File that master backup made')
    .description('Put the data of a master back into an empty directory')
    .option(...data)
    .option(
      '--key-file <FILE>',
      'Key of its secrets, to be tried where it is not in the backup (env VAULT_KEY: the key itself)',
    )
    .action((file: string, flags: { data?: string; keyFile?: string }) =>
      run(async (context) => {
        const { restore } = await import('../commands/master-restore.ts')
        await restore({ ...flags, file }, context)
      }),
    )
}
