import { type Command, Option } from 'commander'
import type { SshFlags } from '../ssh/ssh-target.ts'
import { gridOption } from './options.ts'

/** Flags as commander hands them over. */
export interface NodeSshFlags extends SshFlags {
  readonly any?: boolean
  readonly grid?: string
}

/** Declares `ssh` and its flags, which stand before the name: what follows is for the machine, also what means something everywhere else. */
export function addSshCommand(node: Command): Command {
  return node
    .enablePositionalOptions()
    .command('ssh')
    .argument('[NAME]', 'Name of the node')
    .argument(
      '[COMMAND...]',
      'What its machine runs, one line or word by word; a shell where absent',
    )
    .description("Log in to a node's machine, which must be the one that enrolled")
    .usage('[options] [NAME] [--] [COMMAND...]')
    .passThroughOptions()
    .option('-a, --any', 'Log in to whichever node is online')
    .option('-u, --user <USER>', 'Account; the one that the machine reported where absent')
    .option('-i, --identity-file <FILE>', 'Private key')
    .option('-p, --port <PORT>', 'Port of its SSH server')
    .option('-J, --jump <HOST>', 'Go by way of this host, whose key your own known_hosts has')
    .option('--private-ip', 'Call its private address')
    .option('--internal-ip', 'Call its address in the overlay')
    .option('-t, --tty', 'Give the command a terminal')
    .addOption(gridOption())
    .addOption(new Option('-D, --debug').hideHelp())
    .addOption(new Option('--json').hideHelp())
    .addOption(new Option('--no-color').hideHelp())
}
