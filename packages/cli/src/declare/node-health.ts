import type { Command } from 'commander'
import { gridOption, type Run } from './options.ts'

export function declareNodeHealth(node: Command, run: Run): void {
  node
    .command('health')
    .argument('<NODE>', 'Name of the node')
    .description("Ask a node's agent how its host is; ends with 1 unless it is well")
    .addOption(gridOption())
    .action((name: string, flags: { grid?: string }) =>
      run(async (context) => {
        const { showNodeHealth } = await import('../commands/node-health.ts')
        await showNodeHealth({ ...flags, name }, context)
      }),
    )
  node
    .command('stats')
    .argument('[NODE]', 'Name of the node; all nodes of the grid where absent')
    .description('Show what nodes use now')
    .addOption(gridOption())
    .action((name: string | undefined, flags: { grid?: string }) =>
      run(async (context) => {
        const { showNodeStats } = await import('../commands/node-stats.ts')
        await showNodeStats({ ...flags, name }, context)
      }),
    )
}
