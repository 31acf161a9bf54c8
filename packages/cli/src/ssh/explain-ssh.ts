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
    explain: ({ name, address, hostKeys }) => ({
      code: 'ACCESS_DENIED',
      message: `the machine that answers at ${address} is not the one that enrolled as ${name}: it shows another SSH host key than ${hostKeys.map(({ type, fingerprint }) => `${type} ${fingerprint}`).join(', ')}`,
      hint: "somebody may be in between, or the address may be another machine's by now; if its keys were changed on purpose, make the node anew",
    }),
  },
  {
    says: /no matching host key type found/,
    explain: ({ name, hostKeys }) => ({
      code: 'ACCESS_DENIED',
      message: `the machine of ${name} and your OpenSSH have no kind of host key in common`,
      hint: `on record: ${hostKeys.map(({ type }) => type).join(', ')}; see HostKeyAlgorithms in ~/.ssh/config`,
    }),
  },
  {
    says: /Permission denied \(([^)]*)\)|Too many authentication failures/,
    explain: ({ name, user }) => ({
      code: 'ACCESS_DENIED',
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
