import type { Provider } from '@kontena/core'
import { type Command, Option } from 'commander'
import { createInput } from '../commands/provider-create-input.ts'
import { commandLine } from '../options/command-line.ts'
import { addSchemaOptions } from '../options/option-schema.ts'
import type { RawFlags } from '../options/parse-flags.ts'
import { gridOption, headingOf, type Run, repeatable } from './options.ts'

/** Declares `kontena <provider> node create`. */
export function declareCreate(node: Command, provider: Provider, run: Run): void {
  const create = node
    .command('create')
    .argument('[NAME]', 'Name of the node, or of numbered nodes; random where absent')
    .description('Make machines that join the grid')
    .addOption(gridOption())
    .option('--count <N>', 'How many (default: 1)')
    .addOption(new Option('--instances <N>', 'The --count of 1.5').conflicts('count').hideHelp())
  addMachineOptions(create, provider)
  create.action((name: string | undefined, flags: RawFlags) =>
    run(async (context) => {
      const typed = { ...flags, name, count: flags.count ?? flags.instances }
      const again = commandLine.bind(undefined, create)
      const input = await createInput({ provider, typed, commandLine: again }, context)
      const { createProviderNodes } = await import('../commands/provider-node-create.ts')
      await createProviderNodes(input, context)
    }),
  )
}

/** Declares `kontena <provider> node replace`, which makes a machine as `create` does. */
export function declareReplace(node: Command, provider: Provider, run: Run): void {
  const replace = node
    .command('replace')
    .argument('<NAME>', 'Name of the node')
    .description('Give a node another machine; the one it has goes first')
    .addOption(gridOption())
    .option('--force', 'Do not ask')
  addMachineOptions(replace, provider)
  replace.action((name: string, flags: RawFlags) =>
    run(async (context) => {
      const { placeOfNode, replaceProviderNode } = await import(
        '../commands/provider-node-replace.ts'
      )
      const place = await placeOfNode(name, { provider, typed: flags }, context)
      const typed = { ...flags, ...place, name }
      const again = commandLine.bind(undefined, replace)
      const input = await createInput({ provider, typed, commandLine: again }, context)
      await replaceProviderNode(name, { ...input, force: flags.force === true }, context)
    }),
  )
}

/** What machines are to be like, in our words and in the provider's. */
function addMachineOptions(command: Command, provider: Provider): void {
  command
    .addOption(repeatable('-l, --label <LABEL>', 'Label, as key or key=value'))
    .addOption(repeatable('--tag <K=V>', 'Tag of the machine at the provider'))
    .option('--ephemeral', 'Nodes that the master forgets 6 h after they went offline')
    .addOption(repeatable('--open <PORT>', 'Port open to anyone, as 443/tcp or 8000-8010/udp'))
    .addOption(
      repeatable('--overlay-from <CIDR>', 'Who else is let into the overlay, as nodes elsewhere'),
    )
    .addOption(repeatable('--ssh-from <CIDR>', 'Who may reach SSH; anyone where absent'))
    .addOption(
      repeatable('--vpn-from <CIDR>', 'Who may reach the VPN, or none; anyone where absent'),
    )
    .addOption(repeatable('--ssh-key <FILE>', 'Public key that may log in'))
    .option('--timeout <TIME>', 'Longest wait for each phase (default: 10m)')
    .addOption(
      new Option(
        '--on-failure <WHAT>',
        'What happens to machines that never came online: rollback or keep (default: rollback)',
      ),
    )
    .option('--cloud-config <FILE>', 'Your own cloud-config, merged into what machines boot with')
    .option('--agent-image <IMAGE>', 'Run this complete agent image')
    .option('--agent-runtime <IMAGE>', "Node.js image that the master's agent runs in")
    .option('-y, --yes', 'Ask nothing; take the defaults of what is not given')
    .option('--dry-run', 'Print the plan and make nothing')
  addSchemaOptions(command, provider.accessOptions, headingOf(provider))
  addSchemaOptions(command, provider.machineOptions, 'Machines:')
  if (provider.abilities.lent) hideOptions(command, ofMadeMachines)
}

/** What can be said of machines that are made, and not of those that are there before. */
const ofMadeMachines = ['--count', '--tag', '--ssh-key', '--cloud-config']

/** They are understood all the same, so that it can be said why they mean nothing here. */
function hideOptions(command: Command, flags: readonly string[]): void {
  for (const option of command.options) {
    if (flags.some((flag) => flag === option.long)) option.hideHelp()
  }
}
