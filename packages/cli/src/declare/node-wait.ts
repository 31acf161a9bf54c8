import type { Command } from 'commander'
import type { NodeWaitOptions } from '../commands/node-wait.ts'
import { gridOption, type Run } from './options.ts'

export function declareNodeWait(node: Command, run: Run): void {
  node
    .command('wait')
    .argument('<NODE...>', 'Names of nodes')
    .description('Wait until nodes are in a state')
    .option(
      '--until <STATE>',
      'State they are to be in: online, drained or offline (default: online)',
    )
    .option('--timeout <TIME>', 'Longest wait for all of them (default: 10m)')
    .addOption(gridOption())
    .action((names: string[], flags: Omit<NodeWaitOptions, 'names'>) =>
      run(async (context) => {
        const { waitForNodes } = await import('../commands/node-wait.ts')
        await waitForNodes({ ...flags, names }, context)
      }),
    )
}
