import type { Command } from 'commander'
import type { ConfigExportFlags, ConfigImportFlags } from '../commands/master-config.ts'
import type { Run } from './options.ts'

/** Declares `master config …`. */
export function declareMasterConfig(config: Command, run: Run): void {
  config
    .command('get')
    .argument('<KEY>', 'As server.name')
    .description('Print a setting')
    .option('-p, --pair', 'As KEY=VALUE')
    .action((key: string, flags: { pair?: boolean }) =>
      run(async (context) => {
        const { getSetting } = await import('../commands/master-config.ts')
        await getSetting({ ...flags, key }, context)
      }),
    )
  config
    .command('set')
    .argument('<KEY=VALUE...>', 'As server.name=production')
    .description('Change settings')
    .action((pairs: string[]) =>
      run(async (context) => {
        const { setSettings } = await import('../commands/master-config.ts')
        await setSettings(pairs, context)
      }),
    )
  config
    .command('unset')
    .argument('<KEY...>', 'As server.name')
    .description('Remove settings')
    .action((keys: string[]) =>
      run(async (context) => {
        const { unsetSettings } = await import('../commands/master-config.ts')
        await unsetSettings(keys, context)
      }),
    )
  config
    .command('export')
    .argument('[PATH]', 'File to write; stdout where absent')
    .description('Write all settings, secrets among them')
    .option(
      '-f, --format <FORMAT>',
      'Format: json or yaml (default: as the name of the file says, else json)',
    )
    .option('--filter <TEXT>', 'Only keys with this in them, or with this beginning, as oauth2.*')
    .action((path: string | undefined, flags: ConfigExportFlags) =>
      run(async (context) => {
        const { exportSettings } = await import('../commands/master-config.ts')
        await exportSettings({ ...flags, path }, context)
      }),
    )
  config
    .command('import')
    .argument('[PATH]', 'File to read; stdin where absent')
    .description('Take settings from a file')
    .option(
      '--format <FORMAT>',
      'Format: json or yaml (default: as the name of the file says, else json)',
    )
    .option('--full', 'Unset what the file does not have')
    .option('-f, --force', 'Do not ask')
    .action((path: string | undefined, flags: ConfigImportFlags) =>
      run(async (context) => {
        const { importSettings } = await import('../commands/master-config.ts')
        await importSettings({ ...flags, path }, context)
      }),
    )
}
