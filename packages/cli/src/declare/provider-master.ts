import type { MasterProvider, Provider } from '@kontena/core'
import type { Command } from 'commander'
import { parseMastersInput } from '../commands/provider-master-input.ts'
import { addSchemaOptions } from '../options/option-schema.ts'
import type { RawFlags } from '../options/parse-flags.ts'
import { headingOf, type Run } from './options.ts'

/** Declares `kontena <provider> master …`, where the provider runs masters. */
export function declareMasters(command: Command, provider: Provider, run: Run): void {
  const { masters } = provider
  if (masters === undefined) return
  const master = command.command('master').description(`Masters on ${provider.title}`)
  const declared = { master, provider, masters, run }
  declareCreate(declared)
  declarePower(declared, 'start', 'Start the machine of a master')
  declarePower(declared, 'stop', 'Stop the machine of a master')
  declarePower(declared, 'restart', 'Restart the machine of a master')
  declareSsh(declared)
  declareTerminate(declared)
}

interface Declared {
  readonly master: Command
  readonly provider: Provider
  readonly masters: MasterProvider
  readonly run: Run
}

function declareCreate({ master, provider, masters, run }: Declared): void {
  const create = master
    .command('create')
    .description('Make a machine that runs a master, and log in to it')
    .option('--name <NAME>', 'Name of the master; kontena-master, or the next free, where absent')
    .option('--grid <GRID>', 'First grid, made and selected (default: test)')
    .option('--no-login', 'Print how to log in, and make no grid')
    .option('--timeout <TIME>', 'Longest wait for the machine (default: 30m)')
  addSchemaOptions(create, provider.accessOptions, headingOf(provider))
  addSchemaOptions(create, masters.options, 'Machine:')
  create.action((flags: RawFlags) =>
    run(async (context) => {
      const { createMaster } = await import('../commands/provider-master-create.ts')
      await createMaster(parseMastersInput(provider, flags, context), flags, context)
    }),
  )
}

function declarePower(
  { master, provider, run }: Declared,
  verb: 'start' | 'stop' | 'restart',
  description: string,
): void {
  const command = master
    .command(verb)
    .argument('[NAME]', 'Name of the master; may be left out where there is one')
    .description(description)
  if (verb !== 'stop') {
    command.option('--timeout <TIME>', 'Longest wait for the master (default: 10m)')
  }
  addSchemaOptions(command, provider.accessOptions, headingOf(provider))
  command.action((name: string | undefined, flags: RawFlags) =>
    run(async (context) => {
      const { powerMaster } = await import('../commands/provider-master-power.ts')
      const input = parseMastersInput(provider, flags, context)
      await powerMaster(verb, { ...flags, name }, { input, context })
    }),
  )
}

function declareSsh({ master, provider, run }: Declared): void {
  const ssh = master
    .enablePositionalOptions()
    .command('ssh')
    .argument(
      '[COMMAND...]',
      'What the machine runs, one line or word by word; a shell where absent',
    )
    .description('Log in to the machine of a master')
    .usage('[options] [--] [COMMAND...]')
    .passThroughOptions()
    .option('--name <NAME>', 'Name of the master; may be left out where there is one')
    .option('-t, --tty', 'Give the command a terminal')
  addSchemaOptions(ssh, provider.accessOptions, headingOf(provider))
  ssh.action((command: string[], flags: RawFlags) =>
    run(async (context) => {
      const { openMasterShell } = await import('../commands/provider-master-ssh.ts')
      const input = parseMastersInput(provider, flags, context)
      await openMasterShell({ ...flags, command }, { input, context })
    }),
  )
}

function declareTerminate({ master, provider, run }: Declared): void {
  const terminate = master
    .command('terminate')
    .argument('[NAME]', 'Name of the master; may be left out where there is one')
    .description('Take a master away, with its machine and all its data')
    .option('--force', 'Do not ask')
  addSchemaOptions(terminate, provider.accessOptions, headingOf(provider))
  terminate.action((name: string | undefined, flags: RawFlags) =>
    run(async (context) => {
      const { terminateMaster } = await import('../commands/provider-master-terminate.ts')
      const input = parseMastersInput(provider, flags, context)
      await terminateMaster({ ...flags, name }, { input, context })
    }),
  )
}
