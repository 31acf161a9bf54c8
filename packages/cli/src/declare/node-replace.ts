import type { Command } from 'commander'
import type { NodeReplaceFlags } from '../commands/node-replace.ts'
import { gridOption, type Run } from './options.ts'

export function declareNodeReplace(node: Command, run: Run): void {
  node
    .command('replace')
    .argument('<NODE>', 'Name of the node')
    .description("Let a machine that is set up by hand take the place of a node's own")
    .option('--token <TOKEN>', 'What its agent connects with; random where absent')
    .option('--force', 'Do not ask, also where the agent of the present machine is connected')
    .addOption(gridOption())
    .action((name: string, flags: NodeReplaceFlags) =>
      run(async (context) => {
        const { replaceNode } = await import('../commands/node-replace.ts')
        await replaceNode({ ...flags, name }, context)
      }),
    )
}
