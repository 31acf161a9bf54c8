import { type Command, Option } from 'commander'
import type { SandboxStartFlags } from '../commands/sandbox-start.ts'
import type { Run } from './options.ts'

export function declareSandbox(sandbox: Command, run: Run): void {
  sandbox
    .command('start')
    .description('Run the simulated clouds in the foreground and print the variables to export')
    .option('--port <PORT>', 'Port to listen on; a free one where absent')
    .option(
      '--boot-time <TIME>',
      'From a machine being made until its user data runs (default: 2s)',
    )
    .addOption(
      new Option('--agents <HOW>', 'A process for each agent, or one for all').choices([
        'process',
        'shared',
      ]),
    )
    .addOption(
      new Option(
        '--boot <HOW>',
        'What a machine is: its agent as a process, or a real boot',
      ).choices(['process', 'vm']),
    )
    .option(
      '--image <IMAGE>',
      'Path or https address of the cloud image that --boot vm starts from',
    )
    .option('--memory <MIB>', 'Memory of each machine with --boot vm (default: 1024)')
    .option('--cpus <N>', 'Processors of each machine with --boot vm (default: 1)')
    .action((flags: SandboxStartFlags) =>
      run(async (context) => {
        const { runSandbox } = await import('../commands/sandbox-start.ts')
        await runSandbox(flags, context)
      }),
    )
}
