import { ProvisionError } from '@kontena/core'
import { quoteForShell } from '../output/print-environment.ts'
import type { SshTarget } from './ssh-target.ts'

export interface SshCall {
  readonly target: SshTarget
  /** What the machine runs; a shell where empty. */
  readonly command: readonly string[]
  /** Give the command a terminal. */
  readonly tty: boolean
  /** Files of ours: what machine keys are trusted, and what OpenSSH itself has to say. */
  readonly knownHosts: string
  readonly log: string
  /** Terms of trust that only this OpenSSH knows. */
  readonly terms: Readonly<Record<string, string>>
}

/**
 * The one name that the machine has in the file of trusted keys, whatever address it is called by
 * (ssh_config(5), HostKeyAlias).
 */
const alias = 'kontena-node'

/** Seconds; a firewall that drops what it does not like would have one wait for minutes. */
const connectTimeout = 30

/** Lines of a known_hosts file with the keys of this machine (sshd(8), SSH_KNOWN_HOSTS FILE FORMAT). */
export function knownHostsLines({ hostKeys }: SshTarget): string {
  return hostKeys.map(({ type, data }) => `${alias} ${type} ${data}\n`).join('')
}

/**
 * Words for OpenSSH. The user's own configuration is read, for agents, keys and ways; what it says of
 * trust is overridden, since options on the command line count first. No word after `--` is an option.
 */
export function sshWords(call: SshCall): string[] {
  const { target, command } = call
  const { user, port, identityFile, jump, address } = target
  return [
    ...['-E', call.log],
    ...Object.entries({
      ...trust(call),
      ConnectTimeout: String(connectTimeout),
      // A machine that hangs is given up after two minutes, where OpenSSH would wait for ever.
      ServerAliveInterval: '30',
      ServerAliveCountMax: '4',
      // A quieter one would leave us without the reason of a failure.
      LogLevel: 'INFO',
      User: configWord(user),
      ...(port === undefined ? {} : { Port: String(port) }),
      ...(jump === undefined ? {} : { ProxyJump: jump }),
      // An agent with many keys would use up the tries before this one is reached.
      ...(identityFile === undefined
        ? {}
        : { IdentityFile: configPath(identityFile), IdentitiesOnly: 'yes' }),
    }).flatMap(([name, value]) => ['-o', `${name}=${value}`]),
    ...(call.tty ? ['-t'] : []),
    ...['--', address],
    ...(command.length === 0 ? [] : [commandLine(command)]),
  ]
}

/** Nothing but our file says which machine is the right one, and none is reached through an open connection. */
function trust({ knownHosts, terms }: SshCall): Record<string, string> {
  return {
    StrictHostKeyChecking: 'yes',
    UserKnownHostsFile: configPath(knownHosts),
    // The word `none` would be a file in the current folder.
    GlobalKnownHostsFile: '/dev/null',
    HostKeyAlias: alias,
    UpdateHostKeys: 'no',
    VerifyHostKeyDNS: 'no',
    CheckHostIP: 'no',
    NoHostAuthenticationForLocalhost: 'no',
    ...terms,
    ControlMaster: 'no',
    ControlPath: 'none',
    // A configuration that lends agent and screen to every host means the hosts of its owner.
    ForwardAgent: 'no',
    ForwardX11: 'no',
  }
}

/** One word is a line for the machine's shell, as OpenSSH takes it; of several, each arrives as it was typed. */
function commandLine(command: readonly string[]): string {
  const [line = ''] = command
  return command.length === 1 ? line : command.map(quoteForShell).join(' ')
}

/** A value of an option as a configuration file has it. */
function configWord(text: string): string {
  if (/["\n\r]/.test(text)) {
    throw new ProvisionError('BAD_OPTIONS', `OpenSSH takes no quotes or line ends in ${text}`)
  }
  return `"${text}"`
}

/** In names of files OpenSSH expands what begins with a per cent sign, and `${…}` too. */
function configPath(path: string): string {
  if (path.includes('${')) {
    throw new ProvisionError('BAD_OPTIONS', `OpenSSH would look for variables in ${path}`)
  }
  return configWord(path.replaceAll('%', '%%'))
}
