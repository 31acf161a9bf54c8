import { type Command, Option } from 'commander'
import { gridOption, type Run } from './options.ts'

export function declareNodeLabel(label: Command, run: Run): void {
  label
    .command('list')
    .alias('ls')
    .argument('<NODE>', 'Name of the node')
    .description("Print a node's labels")
    .addOption(new Option('-q, --quiet', 'As 1.5 took it').hideHelp())
    .addOption(gridOption())
    .action((name: string, flags: { grid?: string }) =>
      run(async (context) => {
        const { listLabels } = await import('../commands/node-label.ts')
        await listLabels({ ...flags, name }, context)
      }),
    )
  label
    .command('add')
    .argument('<NODE>', 'Name of the node')
    .argument('<LABEL...>', 'Labels, as key or key=value')
    .description('Add labels to a node')
    .addOption(gridOption())
    .action((name: string, labels: string[], flags: { grid?: string }) =>
      run(async (context) => {
        const { addLabels } = await import('../commands/node-label.ts')
        await addLabels({ ...flags, name, labels }, context)
      }),
    )
  label
    .command('remove')
    .alias('rm')
    .argument('<NODE>', 'Name of the node')
    .argument('<LABEL...>', 'Labels as they are listed')
    .description('Take labels off a node')
    .option('--force', 'Do not mind labels that it does not have')
    .addOption(gridOption())
    .action((name: string, labels: string[], flags: { force?: boolean; grid?: string }) =>
      run(async (context) => {
        const { removeLabels } = await import('../commands/node-label.ts')
        await removeLabels({ ...flags, name, labels }, context)
      }),
    )
}
