import type { Command } from 'commander'
import type { ManualNodeOptions } from '../master/manual-node.ts'
import { addAgentOptions, gridOption, type Run } from './options.ts'

/** Documents that make a registered node of a machine that is there already. */
export function declareNodeByHand(node: Command, run: Run): void {
  const script = node
    .command('script')
    .argument('<NAME>', 'Name of the node')
    .description('Print a shell script that makes the node of a host; it holds its token')
  addOptions(script).action((name: string, flags: Omit<ManualNodeOptions, 'name'>) =>
    run(async (context) => {
      const { printNodeScript } = await import('../commands/node-script.ts')
      await printNodeScript({ ...flags, name }, context)
    }),
  )
  const compose = node
    .command('compose')
    .argument('<NAME>', 'Name of the node')
    .description("Print a compose file that runs the node's agent; it holds its token")
  addOptions(compose).action((name: string, flags: Omit<ManualNodeOptions, 'name'>) =>
    run(async (context) => {
      const { printNodeCompose } = await import('../commands/node-compose.ts')
      await printNodeCompose({ ...flags, name }, context)
    }),
  )
}

function addOptions(command: Command): Command {
  return addAgentOptions(
    command.option('--peer-interface <NAME>', 'Interface whose address other nodes use'),
  ).addOption(gridOption())
}
