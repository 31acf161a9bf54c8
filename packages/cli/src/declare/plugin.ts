import type { Command } from 'commander'
import type { Run } from './options.ts'

export function declarePlugin(plugin: Command, run: Run): void {
  plugin
    .command('install')
    .argument('<NAME>', 'npm package, as name or name@version, or the path of a folder')
    .description('Install a provider that does not come with this command')
    .action((source: string) =>
      run(async (context) => {
        const { installPlugin } = await import('../commands/plugin-install.ts')
        await installPlugin({ source }, context)
      }),
    )
  plugin
    .command('list')
    .alias('ls')
    .description('List plug-ins with their state')
    .option('-q, --quiet', 'Names only')
    .action((flags: { quiet?: boolean }) =>
      run(async (context) => {
        const { listPlugins } = await import('../commands/plugin-list.ts')
        await listPlugins(flags, context)
      }),
    )
  plugin
    .command('uninstall')
    .argument('<NAME...>', 'Words or packages of plug-ins')
    .description('Take plug-ins away')
    .action((names: string[]) =>
      run(async (context) => {
        const { uninstallPlugins } = await import('../commands/plugin-uninstall.ts')
        await uninstallPlugins({ names }, context)
      }),
    )
}
