import type { Provider } from '@kontena/core'
import { type Command, Option } from 'commander'
import { createInput } from '../commands/provider-create-input.ts'
import type { PowerChange } from '../commands/provider-node-power.ts'
import { parseList, parsePower, parseTerminate } from '../commands/provider-options.ts'
import type { Context } from '../context.ts'
import { commandLine } from '../options/command-line.ts'
import { addFurtherOptions, addSchemaOptions } from '../options/option-schema.ts'
import type { RawFlags } from '../options/parse-flags.ts'
import { addSshCommand, type NodeSshFlags } from './node-ssh.ts'
import { gridOption, headingOf, type Run, repeatable } from './options.ts'
import { declareEnded } from './provider-ended.ts'
import { declareMasters } from './provider-master.ts'

/** Declares `kontena <provider> node …`, with the flags that the provider's schemas make. */
export function declareProvider(command: Command, provider: Provider, run: Run): void {
  const node = command.command('node').description(`Nodes on ${provider.title}`)
  if (provider.ended === undefined) declareCreate(node, provider, run)
  else {
    declareEnded(node, provider, run)
    const master = command.command('master').description(`Masters on ${provider.title}`)
    declareEnded(master, provider, run)
  }
  declareMasters(command, provider, run)
  declareTerminate(node, provider, run)
  const changes = provider.abilities.stop ? (['start', 'stop'] as const) : []
  for (const change of changes) declarePower(change, { node, provider, run })
  if (provider.abilities.restart) declarePower('restart', { node, provider, run })
  if (provider.ended === undefined) declareSsh(node, provider, run)
  declareList(node, provider, run)
}

function declareCreate(node: Command, provider: Provider, run: Run): void {
  const create = node
    .command('create')
    .argument('[NAME]', 'Name of the node, or of numbered nodes; random where absent')
    .description('Make machines that join the grid')
    .addOption(gridOption())
    .option('--count <N>', 'How many (default: 1)')
    .addOption(new Option('--instances <N>', 'The --count of 1.5').conflicts('count').hideHelp())
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
  addSchemaOptions(create, provider.accessOptions, headingOf(provider))
  addSchemaOptions(create, provider.machineOptions, 'Machines:')
  if (provider.abilities.lent) hideOptions(create, ofMadeMachines)
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

/** What can be said of machines that are made, and not of those that are there before. */
const ofMadeMachines = ['--count', '--tag', '--ssh-key', '--cloud-config']

/** They are understood all the same, so that it can be said why they mean nothing here. */
function hideOptions(command: Command, flags: readonly string[]): void {
  for (const option of command.options) {
    if (flags.some((flag) => flag === option.long)) option.hideHelp()
  }
}

function declareTerminate(node: Command, provider: Provider, run: Run): void {
  const terminate = node
    .command('terminate')
    .argument('[NAME...]', 'Names of nodes; on a terminal they can be chosen')
    .description('Take machines, what came with them and their node records away')
    .addOption(gridOption())
    .option('--force', 'Do not ask')
    .option('--drain-timeout <TIME>', 'Wait this long after setting drain (default: 0s)')
    .option('--timeout <TIME>', 'Longest wait for a machine to be gone (default: 10m)')
    .option('--without-master', 'Go on when the master cannot be reached')
  addSchemaOptions(terminate, provider.accessOptions, headingOf(provider))
  terminate.action((names: string[], flags: RawFlags) =>
    run(async (context) => {
      const input = parseTerminate(provider, { ...flags, names }, context)
      if (names.length === 0) requirePerson(terminate, context)
      const { terminateProviderNodes } = await import('../commands/provider-node-terminate.ts')
      await terminateProviderNodes(input, context)
    }),
  )
}

const powerTexts: Readonly<Record<PowerChange, { description: string; waits: string }>> = {
  start: { description: 'Start machines that are stopped', waits: 'a node to be online again' },
  stop: { description: 'Stop machines, which keep their nodes', waits: 'a machine to be stopped' },
  restart: { description: 'Restart machines', waits: 'a node to be online again' },
}

function declarePower(
  change: PowerChange,
  { node, provider, run }: { node: Command; provider: Provider; run: Run },
): void {
  const { description, waits } = powerTexts[change]
  const command = node
    .command(change)
    .argument('[NAME...]', 'Names of nodes; on a terminal one can be chosen')
    .description(description)
    .addOption(gridOption())
    .option('--timeout <TIME>', `Longest wait for ${waits} (default: 10m)`)
  addSchemaOptions(command, provider.accessOptions, headingOf(provider))
  command.action((names: string[], flags: RawFlags) =>
    run(async (context) => {
      const input = parsePower(provider, { ...flags, names }, context)
      if (names.length === 0) requirePerson(command, context)
      const { changePower } = await import('../commands/provider-node-power.ts')
      await changePower(change, input, context)
    }),
  )
}

function declareSsh(node: Command, provider: Provider, run: Run): void {
  const ssh = addSshCommand(node)
  if (provider.abilities.login) addFurtherOptions(ssh, provider.accessOptions, headingOf(provider))
  ssh.action((name: string | undefined, command: string[], flags: NodeSshFlags & RawFlags) =>
    run(async (context) => {
      const input = parseList(provider, flags, context)
      const { openProviderShell } = await import('../commands/provider-node-ssh.ts')
      await openProviderShell({ ...flags, name, command }, { input, context })
    }),
  )
}

function declareList(node: Command, provider: Provider, run: Run): void {
  const list = node
    .command('list')
    .alias('ls')
    .description('List machines of the grid, with their nodes')
    .addOption(gridOption())
    .option('-q, --quiet', 'Names only')
  addSchemaOptions(list, provider.accessOptions, headingOf(provider))
  list.action((flags: RawFlags) =>
    run(async (context) => {
      const input = parseList(provider, flags, context)
      const { listProviderNodes } = await import('../commands/provider-node-list.ts')
      await listProviderNodes(input, context)
    }),
  )
}

/** Only a person at a terminal can be offered nodes; elsewhere the name is missing. */
function requirePerson(command: Command, { isTTY }: Context): void {
  if (isTTY) return
  command.error("error: missing required argument 'NAME'", { code: 'commander.missingArgument' })
}
