import type { Command } from 'commander'
import type { Run } from './options.ts'

export function declareGridHealth(grid: Command, run: Run): void {
  grid
    .command('health')
    .argument('[NAME]', 'Name of the grid; the selected one where absent')
    .description('Tell whether enough nodes are online; ends with 1 where the grid cannot work')
    .action((name: string | undefined) =>
      run(async (context) => {
        const { showGridHealth } = await import('../commands/grid-health.ts')
        await showGridHealth({ name }, context)
      }),
    )
}
