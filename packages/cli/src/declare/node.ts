import type { Command } from 'commander'
import type { NodeListOptions } from '../commands/node-list.ts'
import type { NodeResetTokenFlags } from '../commands/node-reset-token.ts'
import type { NodeUpdateFlags } from '../commands/node-update.ts'
import type { BuiltInProvider } from '../providers.ts'
import { declareNodeEvents } from './events.ts'
import { declareNodeByHand } from './node-by-hand.ts'
import { declareNodeHealth } from './node-health.ts'
import { declareNodeLabel } from './node-label.ts'
import { declareNodeReplace } from './node-replace.ts'
import { addSshCommand, type NodeSshFlags } from './node-ssh.ts'
import { declareNodeWait } from './node-wait.ts'
import { gridOption, type Run, repeatable } from './options.ts'

export function declareNode(
  node: Command,
  { providers, run }: { providers: readonly BuiltInProvider[]; run: Run },
): void {
  node
    .command('create')
    .argument('<NAME>', 'Name of the node: letters, digits, - and _')
    .description('Register a node, for a machine that is made by hand')
    .option('--token <TOKEN>', "The node's own token; random where absent")
    .addOption(repeatable('-l, --label <LABEL>', 'Label, as key or key=value'))
    .addOption(gridOption())
    .action((name: string, flags: { token?: string; label?: string[]; grid?: string }) =>
      run(async (context) => {
        const { createNode } = await import('../commands/node-create.ts')
        await createNode({ ...flags, name }, context)
      }),
    )
  node
    .command('list')
    .alias('ls')
    .description('List nodes with their state')
    .option('-a, --all', 'Nodes of all grids')
    .option('-q, --quiet', 'Names only')
    .option('-w, --watch', 'Show changes as they happen, until Ctrl-C')
    .addOption(
      repeatable(
        '-l, --label <LABEL>',
        'Only with this label, as key or key=value; !key for those without',
      ),
    )
    .addOption(
      repeatable(
        '--status <STATUS>',
        'Only in this state: created, offline, connecting, drain or online',
      ),
    )
    .addOption(gridOption())
    .action((flags: NodeListOptions) =>
      run(async (context) => {
        if (flags.watch === true) {
          const { watchNodeList } = await import('../commands/node-list-watch.ts')
          return watchNodeList(flags, context)
        }
        const { listNodes } = await import('../commands/node-list.ts')
        await listNodes(flags, context)
      }),
    )
  node
    .command('show')
    .argument('<NODE>', 'Name of the node')
    .description('Show all that is known of a node')
    .addOption(gridOption())
    .action((name: string, flags: { grid?: string }) =>
      run(async (context) => {
        const { showNode } = await import('../commands/node-show.ts')
        await showNode({ ...flags, name }, context)
      }),
    )
  node
    .command('env')
    .argument('<NAME>', 'Name of the node')
    .description("Print the environment of a node's agent")
    .option('--token', 'Print only the token')
    .option('--ca', 'Print only the CA that vouches for the master')
    .addOption(gridOption())
    .action((name: string, flags: { token?: boolean; ca?: boolean; grid?: string }) =>
      run(async (context) => {
        const { printNodeEnvironment } = await import('../commands/node-env.ts')
        await printNodeEnvironment({ ...flags, name }, context)
      }),
    )
  declareNodeByHand(node, run)
  node
    .command('update')
    .argument('<NODE>', 'Name of the node')
    .description("Replace a node's labels, or say whether services may run on it")
    .addOption(repeatable('-l, --label <LABEL>', 'Label, of those that replace all others'))
    .option('--clear-labels', 'Leave it no labels')
    .option('--availability <WHAT>', 'Whether services run on it: active, or drain to move them')
    .addOption(gridOption())
    .action((name: string, flags: NodeUpdateFlags) =>
      run(async (context) => {
        const { updateNode } = await import('../commands/node-update.ts')
        await updateNode({ ...flags, name }, context)
      }),
    )
  node
    .command('reset-token')
    .argument('<NODE>', 'Name of the node')
    .description("Replace a node's token and disconnect its agent, which has the old one")
    .option('--token <TOKEN>', 'The new token; random where absent')
    .option('--clear-token', 'Leave it none, so that it joins with the token of the grid')
    .option('--no-reset-connection', 'Leave its agent connected')
    .option('--force', 'Do not ask')
    .addOption(gridOption())
    .action((name: string, flags: NodeResetTokenFlags) =>
      run(async (context) => {
        const { resetNodeToken } = await import('../commands/node-reset-token.ts')
        await resetNodeToken({ ...flags, name }, context)
      }),
    )
  declareNodeHealth(node, run)
  declareNodeWait(node, run)
  declareNodeReplace(node, run)
  declareNodeEvents(node, run)
  declareNodeLabel(node.command('label').description('Labels of a node'), run)
  addSshCommand(node).action((name: string | undefined, command: string[], flags: NodeSshFlags) =>
    run(async (context) => {
      const { openNodeShell } = await import('../commands/node-ssh.ts')
      await openNodeShell({ ...flags, name, command }, { context, providers })
    }),
  )
  node
    .command('remove')
    .alias('rm')
    .argument('<NODE...>', 'Names of nodes')
    .description('Remove nodes that have no machine any more')
    .option('--force', 'Do not ask')
    .addOption(gridOption())
    .action((names: string[], flags: { force?: boolean; grid?: string }) =>
      run(async (context) => {
        const { removeNodes } = await import('../commands/node-rm.ts')
        await removeNodes({ ...flags, names }, context)
      }),
    )
}
