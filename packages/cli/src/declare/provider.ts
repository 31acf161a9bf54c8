import type { Provider } from '@kontena/core'
import type { Command } from 'commander'
import type { PowerChange } from '../commands/provider-node-power.ts'
import { parseList, parsePower, parseTerminate } from '../commands/provider-options.ts'
import type { Context } from '../context.ts'
import { addFurtherOptions, addSchemaOptions } from '../options/option-schema.ts'
import type { RawFlags } from '../options/parse-flags.ts'
import { addSshCommand, type NodeSshFlags } from './node-ssh.ts'
import { gridOption, headingOf, type Run } from './options.ts'
import { declareCreate, declareReplace } from './provider-create.ts'
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
  if (provider.ended === undefined) declareReplace(node, provider, run)
  const changes = provider.abilities.stop ? (['start', 'stop'] as const) : []
  for (const change of changes) declarePower(change, { node, provider, run })
  if (provider.abilities.restart) declarePower('restart', { node, provider, run })
  if (provider.ended === undefined) declareSsh(node, provider, run)
  declareList(node, provider, run)
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
