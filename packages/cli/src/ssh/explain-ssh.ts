import { type FailureCode, ProvisionError } from '@kontena/core'
import type { SshTarget } from './ssh-target.ts'

/** What OpenSSH says in its log and what that means for a node; the first that fits. */
const meanings: readonly {
  readonly says: RegExp
  explain(
    target: SshTarget,
    match: RegExpMatchArray,
  ): { code: FailureCode; message: string; hint: string }
}[] = [
  {
    says: /IDENTIFICATION HAS CHANGED|Host key verification failed|host key is known for/,
    explain: ({ name, address }, { input = '' }) => ({
      code: 'BAD_CREDENTIALS',
      message: `the machine that answers at ${address} is not the one that enrolled as ${name}: its SSH host key${shownKey(input)} is none of those on record`,
      hint: `somebody may stand between, or the address be another machine's by now; kontena node show ${name} lists the keys`,
    }),
  },
  {
    says: /no matching host key type found/,
    explain: ({ name, hostKeys }) => ({
      code: 'NOT_SUPPORTED',
      message: `the machine of ${name} and your OpenSSH have no kind of host key in common`,
      hint: `on record: ${hostKeys.map(({ type }) => type).join(', ')}; see HostKeyAlgorithms in ~/.ssh/config`,
    }),
  },
  {
    says: /Permission denied \(([^)]*)\)|Too many authentication failures/,
    explain: ({ name, user }) => ({
      code: 'BAD_CREDENTIALS',
      message: `${name} does not let ${user} in with what was offered`,
      hint: 'name a key with --identity-file or another account with --user; machines get keys when they are made, with --ssh-key FILE',
    }),
  },
  {
    says: /connect to (?:host|address) \S+ port (\d+): (.+)/,
    explain: ({ name, address }, [, port, reason]) => ({
      code: 'UNAVAILABLE',
      message: `${name} cannot be reached at ${address} port ${port}: ${reason}`,
      hint: 'is it running, and does its firewall let you in (--ssh-from)? Other addresses: --private-ip, --internal-ip',
    }),
  },
  {
    says: /Could not resolve hostname (\S+): (.+)/,
    explain: ({ name }, [, host, reason]) => ({
      code: 'UNAVAILABLE',
      message: `${host}, the way to ${name}, is not known: ${reason}`,
      hint: 'look at the address with: kontena node show; other addresses: --private-ip, --internal-ip',
    }),
  },
]

/**
 * Why OpenSSH itself failed, by what it logged; undefined where it logged no failure, so that it was the
 * command on the machine that ended with its code.
 */
export function explainSsh(log: string, target: SshTarget): ProvisionError | undefined {
  for (const { says, explain } of meanings) {
    const match = log.match(says)
    if (match === null) continue
    const { code, message, hint } = explain(target, match)
    return new ProvisionError(code, message, { hint })
  }
  const lines = log.split(/\r?\n/).filter((line) => line.trim() !== '' && !isFarewell(line))
  const last = lines.at(-1)
  if (last === undefined) return undefined
  return new ProvisionError('UNAVAILABLE', `ssh to ${target.name} failed: ${last.trim()}`)
}

/** Said at the end of every session that had a terminal, however it went. */
function isFarewell(line: string): boolean {
  return /^(Shared c|C)onnection to \S+ closed\.?$/.test(line.trim())
}

/** OpenSSH tells the fingerprint where it knows another key of the same type. */
function shownKey(log: string): string {
  const [fingerprint] = /SHA256:[A-Za-z0-9+/]{43}/.exec(log) ?? []
  return fingerprint === undefined ? '' : ` ${fingerprint}`
}
